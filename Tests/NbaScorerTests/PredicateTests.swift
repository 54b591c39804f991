import Contracts
import NbaScorerCore
import Testing

/// The predicate language: what it says of a customer, and what it says of mistakes.
struct PredicateTests {
  private func scope(_ conditions: [String: String] = [:]) -> PredicateScope {
    PredicateScope(
      attributes: Given.catalog([]).attributes, groups: ["mortgage", "savings"], propositions: ["loan", "card"],
      conditions: conditions)
  }

  private func holds(_ source: String, _ profile: ProfileState = rich, conditions: [String: String] = [:]) throws
    -> Bool
  {
    var compiler = PredicateCompiler(scope: scope(conditions))
    let predicate = try compiler.compile(source)
    return predicate.holds(compiler.queries.answers(Given.situation(profile)))
  }

  private func mistakes(_ source: String, conditions: [String: String] = [:]) -> [String] {
    var compiler = PredicateCompiler(scope: scope(conditions))
    do {
      _ = try compiler.compile(source)
      return []
    } catch { return error.errors.map(\.description) }
  }

  private static let rich: ProfileState = {
    var contact = Given.contact()
    contact.intent = "cancellation"
    contact.context = [NamedValue("month", .string("may")), NamedValue("emp.var.rate", .number(-1.8))]
    var profile = Given.profile(contacts: [contact]) {
      $0.attributes = [
        Attribute(name: "age", value: .number(41), atMs: 1), Attribute(name: "job", value: .string("retired"), atMs: 1),
        Attribute(name: "vip", value: .string("yes"), atMs: 1),
      ]
      $0.interests = [Interest(category: "savings", count: 3, lastMs: Given.nowMs - 2 * Given.dayMs)]
      $0.counts = [
        EventCount(event: "page.viewed", channel: "web", count: 5),
        EventCount(event: "page.viewed", channel: "app", count: 2),
      ]
      $0.orders = [OrderTotal(currency: "EUR", count: 2, amountMinor: 9_900, lastMs: Given.nowMs - 30 * Given.dayMs)]
      $0.consents = [
        Consent(purpose: "email", isGiven: true, atMs: 1), Consent(purpose: "phone", isGiven: false, atMs: 1),
      ]
      var offer = OfferHistory(proposition: "loan", channel: "web")
      offer.rejected = 2
      $0.offers = [offer]
    }
    profile.leads = [
      LeadSummary(
        id: "l1", proposition: "loan", group: "mortgage", status: "open", step: "apply", openedMs: 1, changedMs: 1)
    ]
    return profile
  }()

  @Test(arguments: [
    "customer.age >= 18 and not has_lead(\"savings\") and interest(\"savings\") >= 2",
    "contact.intent == \"cancellation\"", "count(\"page.viewed\", \"web\") > 3", "count('page.viewed') == 7",
    "orders.count > 0 and days_since_last_order < 90", "contact.month in [\"may\", \"jun\"]",
    "contact.month not in [\"jan\"]", "contact.emp.var.rate < -1", "contact.emp.var.rate in [-1.8]",
    "customer.age + 2 * 3 - 1 == 46", "(customer.age - 1) / 4 == 10", "-customer.age == -41", "customer.age != 40",
    "not customer.age < 18 or false", "not (customer.age > 18 and has_lead('savings'))", "known(customer.age)",
    "consents_to(\"email\") and refuses(\"phone\") and not refuses(\"post\")", "rejected(\"loan\") == 2",
    "has_identifier(\"customer\") and customer.is_identified", "orders.amount_minor == 9900",
    "interest(\"nothing\") == 0", "has_lead('mortgage') == true", "days_since_interest(\"savings\") <= 2",
    "customer.job == \"retired\"", "false or true and true", "true or false and false",
  ])
  func `says what is so`(_ source: String) throws { #expect(try holds(source)) }

  @Test(
    arguments: ["customer.age", "contact.emp.var.rate", "days_since_last_order"], ["<", "<=", ">", ">=", "==", "!="])
  func `a comparison with a missing number is false`(_ name: String, _ comparison: String) throws {
    #expect(try !holds("\(name) \(comparison) 1", Given.profile()))
    #expect(try !holds("\(name) + 1 \(comparison) 1", Given.profile()))
    #expect(try !holds("known(\(name))", Given.profile()))
  }

  @Test(arguments: [
    "customer.job == \"retired\"", "customer.job != \"retired\"", "customer.job in [\"retired\"]",
    "customer.job not in [\"retired\"]", "customer.vip", "known(customer.vip)",
    "customer.vip == false", "customer.vip != true", "false == customer.vip", "customer.vip == true",
  ])
  func `what is missing, or of another type than declared, is neither so nor otherwise`(_ source: String) throws {
    let profile = Given.profile {
      $0.attributes = [
        Attribute(name: "job", value: .number(1), atMs: 1), Attribute(name: "vip", value: .string("yes"), atMs: 1),
      ]
    }
    #expect(try !holds(source, profile))
    #expect(try !holds(source, Given.profile()))
  }

  @Test(arguments: [
    "customer.age / 0 > 1", "customer.age / 0 <= 1", "1 / (customer.age - 41) == 1", "0 / 0 != 0",
    "99999999999999999999 * 99999999999999999999 * customer.age / 0 >= 0",
  ])
  func `a division by zero makes a comparison false`(_ source: String) throws { #expect(try !holds(source)) }

  @Test func `a named condition means what it is written as`() throws {
    let conditions = ["adult": "customer.age >= 18", "saver": "@adult and interest(\"savings\") > 0"]
    #expect(try holds("@saver", conditions: conditions))
    #expect(try !holds("not @adult", conditions: conditions))
  }

  @Test(arguments: [
    ("customer.agee > 3", "at character 1: there is no customer.agee; did you mean \"customer.age\"?"),
    ("intrest(\"x\") > 1", "at character 1: there is no function intrest; did you mean \"interest\"?"),
    ("has_lead(\"mortgag\")", "at character 10: \"mortgag\" is no group of the catalogue; did you mean \"mortgage\"?"),
    ("count(\"page.viewd\") > 1", "at character 7: \"page.viewd\" is no event; did you mean \"page.viewed\"?"),
    (
      "customer.job == \"retierd\"",
      "at character 17: \"retierd\" is none of the declared values; did you mean \"retired\"?"
    ),
    ("customer.age = 3", "at character 14: equality is written =="),
    ("customer.age", "at character 1: a predicate says true or false, this is a number"),
    ("customer.age == \"old\"", "at character 14: a number and a text are never equal"),
    ("customer.age > 1 and", "at character 21: expected a value, found the end"),
    ("1 < 2 < 3", "at character 7: comparisons don't chain: write \"and\" before <"),
    ("(true", "at character 6: expected ), found the end"),
    ("customer.job in []", "at character 17: the list is empty"),
    ("\"open", "at character 1: the text is not closed"),
    ("true && true", "at character 6: logic is written and, or, not"),
    ("@nobody", "at character 1: there is no condition @nobody"),
    ("interest(savings) > 1", "at character 1: interest takes one text in quotes"),
    ("", "at character 1: the predicate is empty"),
  ])
  func `a mistake has its place and a word of help`(_ source: String, _ mistake: String) {
    #expect(mistakes(source) == [mistake])
  }

  @Test func `all wrong names are reported at once`() {
    #expect(mistakes("custmer.age > 1 and has_lead(\"x\") or orders.cuont > 1").count == 3)
  }

  @Test func `conditions that go in a circle are refused`() {
    let conditions = ["a": "@b", "b": "not @c", "c": "@a or true"]
    #expect(mistakes("@a", conditions: conditions).count == 1)
    var compiler = PredicateCompiler(scope: scope(conditions))
    #expect(throws: PredicateErrors.self) { try compiler.condition("b") }
  }

  @Test func `depth and size have limits`() {
    let deep = String(repeating: "(", count: 5_000) + "true" + String(repeating: ")", count: 5_000)
    #expect(mistakes(deep) == ["at character 4097: a predicate has at most 4096 bytes"])
    let nested = String(repeating: "not ", count: 200) + "true"
    #expect(mistakes(nested)[0].hasSuffix("nested deeper than 32"))
    let long = Array(repeating: "1<2", count: 400).joined(separator: " or ")
    #expect(mistakes(long)[0].hasSuffix("more than 1024 words"))
  }

  @Test func `no source crashes the compiler`() {
    var seed: UInt64 = 7
    let words = [
      "customer.age", "(", ")", "[", "]", ",", "and", "or", "not", "in", "==", "<", "-", "1", "\"a\"", "@x", "interest",
      "/", "é", "\\",
    ]
    for _ in 0..<3_000 {
      var source = ""
      for _ in 0..<Int(seed % 9 + 1) {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        source += words[Int(seed >> 33) % words.count] + (seed % 3 == 0 ? "" : " ")
      }
      _ = mistakes(source)
    }
  }
}
