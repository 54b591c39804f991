import Contracts
import Deployment
import Foundation
import MessageLog
import Testing

@Suite("Customers are found from any instance", .serialized)
struct InstancesTests {
  static let instances = ["profile-aggregator", "profile-aggregator#2"]
  static let customers = 0..<12
  /// With what doesn't change with the time alone.
  static let catalog: Catalog = {
    var catalog = Catalog(version: "1-a", appliedMs: 1, name: "test", currency: "EUR")
    catalog.attributes = [
      AttributeDeclaration("views", Computation(.count, event: "page.viewed"), definedMs: 1)
    ]
    catalog.segments = [Segment(name: "readers", when: "customer.views >= 1")]
    return catalog
  }()

  final class World {
    let deployment: SuiteProcesses
    let channel: Channel
    /// Longer than any answer takes: an owner, two hops and a search.
    private let client = WebClient(timeoutSeconds: 60)

    init() throws {
      deployment = try SuiteProcesses()
      channel = try Channel(deployment.log, partitions: deployment.partitions)
      try channel.apply(InstancesTests.catalog)
      for instance in InstancesTests.instances { try start(instance) }
      for instance in InstancesTests.instances { try deployment.waitUntilReady(instance) }
    }

    func start(_ instance: String) throws {
      try deployment.start(
        instance, ["TRIAS_STAFF_TOKEN": SuiteProcesses.staffToken, "TRIAS_HTTP_HOST": "127.0.0.1"])
    }

    func ask(_ instance: String, _ path: String) -> Answered {
      Answered(
        client.get(
          deployment.http(instance, path),
          headers: ["Authorization": "Bearer \(SuiteProcesses.staffToken)", "X-Trias-Staff": "ann"]))
    }

    func ask(_ instance: String, _ identifier: Identifier) -> Answered {
      ask(instance, "/v1/profiles?identifier=\(identifier.key)")
    }

    /// Until every instance that is named answers freshly, and with so many events of that kind.
    func waitForAll(_ instances: [String], _ event: EventType, count: Int) throws {
      for instance in instances {
        for n in InstancesTests.customers {
          var last: Answered?
          _ = try SuiteProcesses.wait(120, "\(instance) to know customer \(n): \(last.map { "\($0)" } ?? "")") {
            let answer = ask(instance, channel.number(n))
            last = answer
            let isThere = answer.identifiers.count == 2 && answer.count(event.shortName) == count
            return isThere && answer.isStale == false ? true : nil
          }
        }
      }
    }
  }

  /// Both know all; one of them is killed, and what it had is told as it stood, and marked, until the other has it.
  @Test(.timeLimit(.minutes(10)))
  func bothTellTheSameAndAKilledOwnersCustomersAreStaleUntilTheyHaveAnother() throws {
    let world = try World()
    let (channel, instances) = (world.channel, Self.instances)
    for n in Self.customers { try channel.visit(n) }
    try world.waitForAll(instances, .pageViewed, count: 1)

    var answeredBy: Set<String> = []
    var before: [Answered] = []
    for n in Self.customers {
      let answers = instances.flatMap { instance -> [Answered] in
        let byNumber = world.ask(instance, channel.number(n))
        return [
          byNumber, world.ask(instance, channel.cookie(n)),
          world.ask(instance, "/v1/profiles/\(byNumber.profile ?? "")"),
        ]
      }
      for answer in answers {
        #expect(answer.status == 200)
        #expect(answer.customer == answers[0].customer)
        // Whether it owns him or not: by the catalogue that each instance has read for itself.
        #expect(answer.json["catalogVersion"] as? String == "1-a")
        let derived = try #require((answer.json["derived"] as? [[String: Any]])?.first)
        #expect(derived["name"] as? String == "views" && derived["value"] as? Int == 1)
        #expect((answer.json["segments"] as? [[String: Any]])?.map { $0["name"] as? String } == ["readers"])
        #expect(answer.headers["etag"] == answers[0].headers["etag"])
        #expect(answer.headers["warning"] == nil)
        answeredBy.insert(answer.by ?? "")
      }
      before.append(answers[0])
      for instance in instances {
        let timeline = world.ask(instance, "/v1/profiles/\(answers[0].profile ?? "")/timeline")
        // What he did under his cookie before anybody knew him is his as well.
        let types = timeline.events.map { $0["type"] as? String ?? "" }
        #expect(types.contains(EventType.pageViewed.rawValue) && types.contains(EventType.identityAsserted.rawValue))
      }
    }
    #expect(answeredBy == ["owner", "forwarded"], "each owns some, and asks the other for the rest")
    #expect(world.ask(instances[1], "/v1/profiles?identifier=customer:nobody").status == 404)
    #expect(world.ask(instances[0], "/v1/profiles/p0").status == 404)

    world.deployment.kill(instances[0])
    var stale = 0
    for n in Self.customers {
      let answer = world.ask(instances[1], channel.number(n))
      #expect(answer.status == 200, "\(answer)")
      #expect(answer.customer == before[n].customer)
      guard answer.isStale == true else { continue }
      stale += 1
      #expect(answer.headers["warning"]?.hasPrefix("110") == true)
      #expect(answer.headers["age"].flatMap { Int($0) } != nil)
    }
    #expect(stale > 0)
    for n in Self.customers { try channel.say(.pageViewed, [channel.cookie(n)], ["page": "/"]) }
    try world.waitForAll([instances[1]], .pageViewed, count: 2)

    let lines = world.deployment.output(of: instances[1]).split(separator: "\n").filter {
      $0.contains("profile read")
    }
    for (n, found) in before.enumerated() {
      #expect(lines.contains { $0.contains("profile=\(found.profile ?? "?")") && $0.contains("who=ann") }, "\(n)")
    }
    #expect(lines.contains { $0.contains("answered=stale") && $0.contains("ageMs=") })
    #expect(!lines.contains { $0.contains(channel.number(0).value) }, "an identifier may be an address")
  }

  /// An owner that was frozen and given up doesn't know it when it wakes. What it then says without a mark must be true.
  @Test(.timeLimit(.minutes(10)))
  func anOwnerThatWasGivenUpTellsNothingOldForNew() throws {
    let world = try World()
    let (channel, instances) = (world.channel, Self.instances)
    for n in Self.customers { try channel.visit(n) }
    try world.waitForAll(instances, .pageViewed, count: 1)
    world.deployment.freeze(instances[0])
    try world.waitForAll([instances[1]], .pageViewed, count: 1)
    for n in Self.customers { try channel.say(.pageViewed, [channel.cookie(n)], ["page": "/"]) }
    try world.waitForAll([instances[1]], .pageViewed, count: 2)
    world.deployment.thaw(instances[0])
    for n in Self.customers {
      let answer = world.ask(instances[0], channel.number(n))
      #expect(answer.count(EventType.pageViewed.shortName) == 2 || answer.isStale != false, "\(n): \(answer)")
    }
    try world.waitForAll(instances, .pageViewed, count: 2)
  }
}
