import Contracts
import Foundation
import MessageLog
import TestKit
import Testing

/// `trias identity` on a running deployment: what is linked, and undoing it.
@Suite(.serialized)
struct IdentityCommandTests {
  private func visit(_ deployment: Deployment, _ identifiers: [Identifier]) throws {
    var interaction = Interaction(identifiers: identifiers, channel: "web", contact: nil)
    interaction.page = "/"
    let envelope = Envelope(
      id: UUID().uuidString, source: "test", type: EventType.pageViewed.rawValue,
      timeMs: Int64(Date().timeIntervalSince1970 * 1000))
    try deployment.publish(
      Topics.channelInteractions, key: identifiers[0].key, envelope.headers, interaction.json)
  }

  @Test func aWrongLinkIsShownAndSplit() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let unheard = try await deployment.trias(
      "identity", "split", "cookie:unheard", "--reason", "shared", "--patience", "1")
    #expect(unheard.code == 2)
    #expect(unheard.output.contains("no verdict within 1 s: is profile-aggregator running?"), "\(unheard.output)")

    deployment.startServices()
    let (ann, tablet, phone) = (
      Identifier("customer", "ann"), Identifier("cookie", "tablet"), Identifier("device", "phone")
    )
    try visit(deployment, [ann, tablet])
    try await eventually("the first link") {
      try await deployment.trias("identity", "show", "cookie:tablet").output.contains("customer:ann")
    }
    try visit(deployment, [phone, tablet])
    try await eventually("the second link") {
      try await deployment.trias("identity", "show", "device:phone").output.contains("customer:ann")
    }
    let mint = IdMint(secret: Deployment.secret)
    let shown = try await deployment.trias("identity", "show", "cookie:tablet")
    #expect(shown.code == 0)
    #expect(shown.output.contains("cookie:tablet is of profile \(mint.profile(ann)), version 1"), "\(shown.output)")
    #expect(shown.output.contains("device:phone"))
    #expect(shown.output.contains("joined by a claim"))
    #expect(shown.output.contains("claims that named it, as they are remembered:"))
    #expect(shown.output.contains("customer:ann, cookie:tablet"))

    let split = try await deployment.trias(
      "identity", "split", "cookie:tablet", "--from", "customer:ann", "--reason", "a shared tablet", "--by", "bea")
    #expect(split.code == 0, "\(split.output)")
    #expect(split.output.contains("cookie:tablet is of profile \(mint.profile(phone)), version 2"), "\(split.output)")
    #expect(split.output.contains("device:phone is of profile \(mint.profile(phone)), version 2"), "\(split.output)")
    #expect(split.output.contains("customer:ann is of profile \(mint.profile(ann)), version 0"), "\(split.output)")
    let after = try await deployment.trias("identity", "show", "customer:ann")
    #expect(after.output.contains("split from cookie:tablet for good"), "\(after.output)")
    #expect(after.output.contains("by bea: a shared tablet"))
    #expect(!after.output.contains("device:phone"))

    let again = try await deployment.trias(
      "identity", "split", "cookie:tablet", "--from", "customer:ann", "--reason", "once more")
    #expect(again.code == 2)
    #expect(again.output.contains("refused: the two are split already"), "\(again.output)")
    try visit(deployment, [Identifier("customer", "bob"), phone])
    try visit(deployment, [ann, phone])
    try await eventually("a shared device with its reasons") {
      let shared = try await deployment.trias("identity", "show", "device:phone").output
      return ["device:phone is shared, and now of profile", "a login of customer:", "  generation 1"].allSatisfy(
        shared.contains)
        && shared.contains("a device that several log in on, and each one's in turn")
    }
    let unknown = try await deployment.trias("identity", "split", "cookie:nobody", "--reason", "who?")
    #expect(unknown.code == 2)
    #expect(unknown.output == "trias: refused: no claim has named cookie:nobody\n")
    let nobody = try await deployment.trias("identity", "show", "cookie:nobody")
    #expect(nobody.code == 2)
    #expect(nobody.output.contains("no claim has named cookie:nobody"))
    let misspelt = try await deployment.trias("identity", "show", "cokie:tablet")
    #expect(misspelt.code == 2)
    #expect(misspelt.output.contains("there is no namespace cokie; did you mean \"cookie\"?"), "\(misspelt.output)")
    #expect(try await deployment.trias("identity", "show", "nobody").code == 1)
    #expect(try await deployment.trias("identity", "split", "cookie:tablet").code == 1)
    #expect(try await deployment.trias("identity", "split", "cookie:tablet", "--reason", "").code == 1)
  }

  @Test func whoHasATelephoneNumberIsShownAndTakenFromHim() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.startServices()
    let (ann, bob) = (Identifier("customer", "ann"), Identifier("customer", "bob"))
    let phone = Identifier("phone", "+49301234567")
    let mint = IdMint(secret: Deployment.secret)
    func shown() async throws -> String { try await deployment.trias("identity", "show", phone.key).output }
    try visit(deployment, [ann, phone])
    try await eventually("the only one who has it") {
      try await shown().contains("\(phone.key) is of profile \(mint.profile(ann)), version 1")
    }
    #expect(try await shown().contains("finds the only one who has it"))
    try visit(deployment, [bob, phone])
    try await eventually("that several have it") {
      try await shown().contains("\(phone.key) is of profile \(mint.profile(phone)), version 2")
    }
    let several = try await shown()
    #expect(several.contains("finds nobody: several have it"), "\(several)")
    for person in [ann, bob] { #expect(several.contains("was named with \(person.key), 20"), "\(several)") }
    let listed = try await deployment.trias("identity", "list")
    #expect(listed.output.contains("both have the same phone:+49301234567"), "\(listed.output)")

    let split = try await deployment.trias(
      "identity", "split", phone.key, "--from", bob.key, "--reason", "he has moved out", "--by", "bea")
    #expect(split.code == 0, "\(split.output)")
    #expect(split.output.contains("\(phone.key) is of profile \(mint.profile(ann)), version 3"), "\(split.output)")
    #expect(try await shown().contains("split from \(bob.key) for good"))
  }

  @Test func whatIsToBeDecidedIsListedAndDecided() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    deployment.startServices()
    let (ann, bob, tablet) = (
      Identifier("customer", "ann"), Identifier("customer", "bob"), Identifier("cookie", "tablet")
    )
    #expect(try await deployment.trias("identity", "list").output.contains("nothing is to be decided"))
    try visit(deployment, [ann, tablet])
    try await eventually("the link") {
      try await deployment.trias("identity", "show", "cookie:tablet").output.contains("customer:ann")
    }
    try visit(deployment, [bob, tablet])
    try await eventually("the case") {
      try await deployment.trias("identity", "list").output
        .contains("customer:ann and customer:bob: a device that several log in on")
    }
    let list = try await deployment.trias("identity", "list")
    #expect(list.output.contains("of test named customer:bob, cookie:tablet"), "\(list.output)")
    #expect(try await deployment.trias("identity", "show", "customer:ann").output.contains("to be decided: "))

    func decide(_ what: String, _ why: String) async throws -> Deployment.Answer {
      try await deployment.trias(
        "identity", "decide", "customer:bob", "customer:ann", what, "--by", "bea", "--reason", why)
    }
    let left = try await decide("leave", "a family")
    #expect(left.code == 0, "\(left.output)")
    #expect(try await deployment.trias("identity", "list").output.contains("nothing is to be decided"))
    let again = try await decide("leave", "a family")
    #expect(again.code == 2 && again.output.contains("refused: nothing is to be decided of the two"), "\(again.output)")
    let joined = try await decide("same-person", "she showed both cards")
    let profile = IdMint(secret: Deployment.secret).profile(ann)
    #expect(joined.code == 0 && joined.output.contains("customer:bob is of profile \(profile)"), "\(joined.output)")
    let shown = try await deployment.trias("identity", "show", "customer:bob")
    #expect(shown.output.contains("one person on the word of bea: she showed both cards"), "\(shown.output)")
    let parted = try await decide("not-same-person", "two cards, two people")
    #expect(parted.code == 0, "\(parted.output)")
    let after = try await deployment.trias("identity", "show", "customer:bob")
    #expect(after.output.contains("not one person with customer:ann for good"), "\(after.output)")
    let decided = try await deployment.trias("identity", "list", "--decided")
    #expect(decided.output.contains("not-same-person") && decided.output.contains("two cards, two people"))
    #expect(!decided.output.contains("she showed both cards"), "\(decided.output)")
    #expect(try await decide("perhaps", "x").code == 1)
    #expect(try await decide("leave", "").code == 1)
  }
}
