import Contracts
import MessageLog
import Testing

/// `trias catalog proxies` on a deployment.
struct ProxiesCommandTests {
  @Test func itFindsWhatTellsWhatMayNotDecide() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let none = try await deployment.trias("catalog", "proxies")
    #expect(none.code == 2 && none.output.contains("trias catalog apply"))
    _ = try await deployment.trias("catalog", "apply", CatalogCommandTests.demo)
    let empty = try await deployment.trias("catalog", "proxies")
    #expect(empty.code == 0, "\(empty.output)")
    #expect(empty.output.contains("nothing goes together with contact.marital, looking at 0 customers"))
    for number in 0..<80 {
      var contact = Contact(id: "k", channel: "call-centre", direction: "outbound", isStarted: true, startedMs: 1_000)
      contact.context["marital"] = .string(number % 2 == 0 ? "married" : "single")
      contact.context["housing"] = .string(number % 2 == 0 ? "yes" : "no")
      contact.context["loan"] = .string(number % 8 < 4 ? "yes" : "no")
      var body = FacetBody(firstSeenMs: 1_000, lastSeenMs: 1_000)
      body.contacts = [contact]
      var state = ProfileState(id: "p\(number)", nowMs: 1_000)
      state.facets = [Facet(id: "customer:\(number)#0", version: 0, seq: 1, body: body)]
      try deployment.publish(Topics.profileState, key: state.id, Headers(), state.json)
    }
    let found = try await deployment.trias("catalog", "proxies")
    #expect(found.code == 1, "\(found.output)")
    #expect(found.output.contains("looking at 80 customers"))
    let rows = found.output.split(separator: "\n").filter { $0.hasPrefix("contact.marital") }
    #expect(rows.count == 1 && rows[0].contains("contact.housing") && rows[0].contains("1.00"), "\(found.output)")
    let wrong = try await deployment.trias("catalog", "proxies", "--above", "7")
    #expect(wrong.code != 0 && wrong.output.contains("--above takes a number from 0 to 1"))
  }
}
