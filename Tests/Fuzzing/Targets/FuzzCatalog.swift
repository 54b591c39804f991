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
    return read == catalog ? nil : "its readers get another one"
  } catch {
    return "what is applied is refused by its readers: \(error)"
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
