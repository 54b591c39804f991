import Contracts
import Deployment
import Foundation
import Synchronization
import Testing

@Suite(
  "A broker that is away, slow or refuses", .serialized, .saysItsSeed,
  .enabled(if: Extent.ownsBroker, "only a broker of ours can be told to fail; KAFKA_BOOTSTRAP_SERVERS names another"))
struct OutageTests {
  struct Outage {
    var name: String
    var orders: [String]
    var seconds: Double
    var undone: [String]
  }

  struct Trial: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var outages: [Outage]
    var settings: [String: String] = [:]
  }

  static let unreachable = Trial(
    testDescription: "cut off, slow, away",
    outages: [
      Outage(name: "all connections cut", orders: ["down"], seconds: 0.1, undone: ["up"]),
      Outage(name: "slow", orders: ["delay 400"], seconds: 5, undone: ["delay 0"]),
      // For less than a session, about one, and longer. Who is given up just when the broker is back has his group settle
      // then, and the embedded broker takes another session for it.
    ] + [2, 4.5, 6, 8, 15].map { Outage(name: "away for \($0) s", orders: ["down"], seconds: $0, undone: ["up"]) })

  /// The embedded broker doesn't look at sequence numbers: where it refuses one request and takes the next, the client
  /// rightly concludes that it has both, which no Kafka would make it believe. So there is one at a time.
  static let refusing = Trial(
    testDescription: "refusing",
    outages: [
      Outage(
        // Not the leader, timed out, unknown member, rebalancing: what a cluster says that is being restarted.
        name: "refusing",
        orders: [
          "fail produce 7 20", "fail fetch 6 20", "fail commit 25 5", "fail heartbeat 27 5", "fail metadata 5 5",
        ],
        seconds: 5, undone: ["calm"])
    ], settings: ["TRIAS_KAFKA_MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION": "1"])

  /// With the time-outs that the suite is shipped with. Nobody restarts, what HTTP has accepted is there in the end, and
  /// within ten seconds of the broker's return a new customer has his list.
  @Test(.timeLimit(.minutes(10)), arguments: [unreachable, refusing])
  func theSuiteWaitsAndGoesOn(_ trial: Trial) throws {
    let deployment = try SuiteProcesses(asShipped: true)
    try deployment.startAll(trial.settings)
    let processes = SuiteProcesses.services.map { deployment.processId($0) }
    let scenario = try Scenario(deployment)
    scenario.begin(4)
    try scenario.finish()
    let visitors = Visitors(deployment, scenario)
    defer { visitors.stop() }
    for outage in trial.outages {
      scenario.begin(4)
      scenario.goOn(seconds: 0.3)
      for order in outage.orders { try deployment.tellBroker(order) }
      scenario.goOn(seconds: outage.seconds)
      for order in outage.undone { try deployment.tellBroker(order) }
      let back = Date()
      let contact = scenario.visit()
      _ = try SuiteProcesses.wait(60, "a list after the broker was \(outage.name) (see \(deployment.folder.path))") {
        scenario.goOn()
        return scenario.hasList(contact) ? true : nil
      }
      let took = Date().timeIntervalSince(back)
      print("flow \(String(format: "%.1f", took)) s after the broker was \(outage.name)")
      // The goal is ten seconds on a machine that has nothing else to do, which make test-long asks for.
      #expect(took < Double(Extent.integer("RECOVERY_SECONDS", 40)), "after the broker was \(outage.name)")
    }
    try scenario.finish()
    visitors.stop()
    let statuses = visitors.statuses
    print("answers over HTTP: \(statuses)")
    #expect(Set(statuses.keys).isSubset(of: [202, 503]), "nothing but accepted and not now: \(statuses)")
    #expect(statuses[202, default: 0] > 0)
    // For as long as it only refuses, the client tries again by itself.
    if trial.outages.contains(where: { $0.orders == ["down"] }) { #expect(statuses[503, default: 0] > 0) }
    let verdict = Verdict(deployment: deployment, scenario: scenario)
    let there = Set(try verdict.raw.events(of: Topics.channelInteractions).map(\.id))
    #expect(visitors.accepted.isSubset(of: there), "accepted and lost: \(visitors.accepted.subtracting(there))")
    try verdict.expect()
    for (service, process) in zip(SuiteProcesses.services, processes) {
      #expect(deployment.isRunning(service) && deployment.processId(service) == process, "\(service) has crashed")
      guard !["web-adapter", "workbench"].contains(service) else { continue }
      #expect(deployment.metric("trias_processor_restarts_total", of: service) == 0, "\(service) has left its groups")
    }
  }
}

/// Browsers that send what their visitors do over HTTP, one event after the other, each again and again until it is
/// accepted.
final class Visitors: Sendable {
  private struct State {
    /// How many events they may have sent.
    var eventsMax: Int
    var statuses: [Int: Int] = [:]
    var accepted: Set<String> = []
    var isStopping = false
    var isStopped = false
  }

  private let state: Mutex<State>
  var statuses: [Int: Int] { state.withLock { $0.statuses } }
  var accepted: Set<String> { state.withLock { $0.accepted } }

  init(_ deployment: SuiteProcesses, _ scenario: Scenario, eventsMax: Int = .max) {
    state = Mutex(State(eventsMax: eventsMax))
    let url = deployment.http("web-adapter", "/v1/events")
    let run = scenario.run
    Thread.detachNewThread { [self] in
      let client = WebClient()
      var number = 0
      while !state.withLock({ $0.isStopping }) {
        guard number < state.withLock({ $0.eventsMax }) else {
          Thread.sleep(forTimeInterval: 0.02)
          continue
        }
        let id = "\(run)-h\(number)"
        let contact = "\(run)-hc\(number / 10)"
        let data: [String: Any] = [
          "identifiers": [["namespace": "cookie", "value": "\(run)-h\(number / 10)"]], "contact": contact,
          "page": "/", "channel": "web",
        ]
        let event: [String: Any] = [
          "id": id, "type": number % 10 == 0 ? "contact.started" : "page.viewed", "data": data,
        ]
        let answer = client.post(
          url, ["events": [event]], headers: ["X-Trias-Source-Key": SuiteProcesses.sourceKey])
        state.withLock { $0.statuses[answer.status, default: 0] += 1 }
        if answer.status == 202 {
          state.withLock { _ = $0.accepted.insert(id) }
          number += 1
        }
        Thread.sleep(forTimeInterval: 0.05)
      }
      state.withLock { $0.isStopped = true }
    }
  }

  /// That many more.
  func allow(_ count: Int) { state.withLock { $0.eventsMax += count } }

  /// Until all that they may send is accepted.
  func finish() throws {
    let eventsMax = state.withLock { $0.eventsMax }
    _ = try SuiteProcesses.wait(180, "the visitors' \(eventsMax) events to be accepted: \(statuses)") {
      accepted.count == eventsMax ? true : nil
    }
    stop()
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    while !state.withLock({ $0.isStopped }) { Thread.sleep(forTimeInterval: 0.02) }
  }
}
