// What marketers write: the catalogue as a file, and the predicates in it.

import CatalogAuthoring
import Contracts
import Rehearsal

func complaintAboutCatalog(_ bytes: [UInt8]) -> String? {
  guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
  var catalog: Catalog
  do {
    catalog = try CatalogFile.read(text: text)
  } catch {
    // YAML's lines end with a carriage return too.
    let lines = 1 + text.count { $0.isNewline }
    if error.mistakes.isEmpty { return "it is refused without a reason" }
    return error.mistakes.first { $0.line < 1 || $0.line > lines + 1 }.map { "the mistake lies outside of it: \($0)" }
  }
  catalog.version = "1-fuzz"
  do {
    let read = try Catalog.read(JSONCoding.encode(catalog))
    return read == catalog ? complaintAboutReaders(of: catalog) : "its readers get another one"
  } catch {
    return "what is applied is refused by its readers: \(error)"
  }
}

/// Of what anybody may write to the topic: read after another it is what it is alone, its head says what the whole says, and
/// what is taken is taken by all who read it.
func complaintAboutVersion(_ bytes: [UInt8]) -> String? {
  let alone = Result { () throws(Refusal) in try JSONCoding.decode(Catalog.self, from: bytes) }
  var decoder = CatalogDecoder()
  for before in [[], Known.version, bytes] {
    _ = try? decoder.decode(before)
    let after = Result { () throws(Refusal) in try decoder.decode(bytes).catalog }
    if after != alone { return "read after another it is something else" }
  }
  let head = try? CatalogHead.version(of: bytes)
  if let version = try? alone.get().version, !version.isEmpty, head != version {
    return "its head says \(head ?? "nothing")"
  }
  guard let catalog = try? Catalog.read(bytes) else { return nil }
  let written = JSONCoding.encode(catalog)
  guard let again = try? Catalog.read(written) else { return "what was written is refused" }
  return again == catalog ? complaintAboutReaders(of: catalog) : "what was written is something else"
}

/// Nothing is wrong with it: so the processors take it, and a customer gets his list by it.
private func complaintAboutReaders(of catalog: Catalog) -> String? {
  do {
    _ = try CaseTrial(catalog).failures(Known.cases)
    return nil
  } catch {
    return "it is refused by who reads it: \(error)"
  }
}

/// What is taken can be tried, and comes out the same each time; what is refused is refused inside of it.
func complaintAboutCases(_ bytes: [UInt8]) -> String? {
  guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
  do {
    let cases = try CatalogCaseFile.read(text: text, for: Known.catalog)
    let few = Array(cases.prefix(4))
    guard let trial = try? CaseTrial(Known.catalog) else { return "their catalogue is refused" }
    return trial.failures(few) == trial.failures(few) ? nil : "it comes out otherwise the second time"
  } catch {
    let lines = 1 + text.count { $0.isNewline }
    if error.mistakes.isEmpty { return "it is refused without a reason" }
    return error.mistakes.first { $0.line < 1 || $0.line > lines + 1 }.map { "the mistake lies outside of it: \($0)" }
  }
}

func complaintAboutPredicate(_ bytes: [UInt8]) -> String? {
  guard let source = String(validating: bytes, as: UTF8.self) else { return nil }
  var compiler = PredicateCompiler(scope: Known.scope)
  do {
    let predicate = try compiler.compile(source)
    for situation in Known.situations {
      let answers = compiler.queries.answers(situation)
      if predicate.holds(answers) != predicate.holds(answers) { return "it holds and doesn't" }
    }
    return nil
  } catch {
    if error.errors.isEmpty { return "it is refused without a reason" }
    let outside = error.errors.first { $0.offset < 0 || $0.offset > source.utf8.count }
    return outside.map { "the mistake lies outside of it: \($0)" }
  }
}

/// Names that predicates can ask for, and customers to ask about.
private enum Known {
  static let scope = PredicateScope(
    attributes: [
      AttributeDeclaration(name: "age", kind: .number, scope: .customer),
      AttributeDeclaration(name: "job", kind: .string, scope: .customer, values: ["retired", "student"]),
      AttributeDeclaration(name: "vip", kind: .bool, scope: .customer),
      AttributeDeclaration(name: "month", kind: .string, scope: .contact),
    ], groups: ["savings", "mortgage"], propositions: ["loan", "card"],
    conditions: ["adult": "customer.age >= 18", "circle": "@round", "round": "@circle", "broken": "customer.age >="])

  /// What the cases are about.
  static let catalog: Catalog = {
    var catalog = Catalog(version: "1-fuzz", appliedMs: 1, name: "Small", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration(name: "age", kind: .number, scope: .customer),
      AttributeDeclaration(name: "vip", kind: .bool, scope: .customer),
      AttributeDeclaration(name: "job", kind: .string, scope: .contact, values: ["retired", "student"]),
      AttributeDeclaration("views", Computation(.count, event: "page.viewed", windowMs: Computation.dayMs)),
    ]
    catalog.segments = [Segment(name: "keen", when: "customer.views > 1")]
    catalog.propositions = ["loan", "card"].map { id in
      var proposition = Proposition(id: id, name: id, issue: "sales", group: id, kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "", callToAction: "Yes")]
      proposition.eligibility = [Rule(name: "adult", when: "not customer.age < 18")]
      return proposition
    }
    return catalog
  }()

  static let version = JSONCoding.encode(catalog)

  /// Somebody who comes along, whatever the catalogue is.
  static let cases: [CatalogCase] = {
    let text = """
      now: 2026-03-02
      cases:
        - name: somebody
          given:
            identifiers: ["cookie:1", "customer:7"]
            attributes: {age: 40}
            did: [{page.viewed: 3h, category: loan}]
          contact: {channel: web, ago: 5m}
          expect: {list: [loan]}
      """
    do { return try CatalogCaseFile.read(text: text, for: catalog) } catch { fatalError("\(error)") }
  }()

  static let situations: [Situation] = {
    var body = FacetBody(firstSeenMs: 1, lastSeenMs: 2)
    body.attributes = [
      Attribute(name: "age", value: .number(41), atMs: 1), Attribute(name: "job", value: .string("retired"), atMs: 1),
    ]
    body.counts = [EventCount(event: "page.viewed", channel: "web", count: 5)]
    var known = ProfileState(id: "p", nowMs: 10)
    known.facets = [Facet(id: "customer:1", version: 1, seq: 1, body: body)]
    let contact = Contact(id: "c", channel: "web", direction: "inbound", isStarted: true, startedMs: 3)
    return [ProfileState(id: "q", nowMs: 10), known].map {
      Situation(view: CustomerView($0), contact: contact, nowMs: 86_400_000, currency: "EUR")
    }
  }()
}
