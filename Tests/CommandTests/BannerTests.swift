import Contracts
import Host
import Replay
import Testing

@testable import TriasMain

/// What `trias run` says must be true of what it runs.
struct BannerTests {
  private func banner(
    _ arguments: [String], embedded: String? = "127.0.0.1:40001", catalog: String? = "1-a", replays: [Dataset] = []
  ) throws -> String {
    let resolver = SettingsResolver(
      executable: Executable.trias.rawValue, declared: Setting.common + SuiteRun.declared, otherExecutables: [],
      suite: [])
    guard case .settings(let settings) = try resolver.resolve(arguments: arguments, environment: [:]) else { return "" }
    return Banner(
      settings: settings, httpPort: 8123, opsPort: 9400, embeddedBroker: embedded, catalog: catalog,
      executables: "/somewhere/bin", replays: replays
    ).text
  }

  @Test func itSaysWhatToExportSoThatCommandsMeanThisSuite() throws {
    let said = try banner(["--partitions", "4", "--staff-token", "t"])
    #expect(
      said.contains(
        "export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:40001 TRIAS_PARTITIONS=4 PATH=\"/somewhere/bin:$PATH\""))
    #expect(said.contains("http://localhost:8123/?token=t"))
    let elsewhere = try banner(["--bootstrap-servers", "kafka:9092"], embedded: nil)
    #expect(elsewhere.contains("export KAFKA_BOOTSTRAP_SERVERS=kafka:9092 TRIAS_PARTITIONS=12"))
    #expect(!elsewhere.contains("embedded"))
  }

  @Test func addressesCanBeFollowedWhateverTheTokenAndTheShopIsNamedWhereItIs() throws {
    let said = try banner(["--staff-token", "a b&c#d", "--demo-shop", "true"])
    #expect(said.contains("http://localhost:8123/?token=a%20b%26c%23d\n"))
    #expect(said.contains("demo shop"))
    #expect(try !banner(["--demo-shop", "false"]).contains("demo shop"))
  }

  @Test func whoWritesAndWhoApprovesComesInByHisOwnLink() throws {
    let said = Banner(
      settings: .defaults, httpPort: 8123, opsPort: 9400, embeddedBroker: nil, catalog: nil, executables: nil,
      replays: [],
      people: [("ann", "a"), ("ben", "b")]
    ).text
    #expect(said.contains("http://localhost:8123/catalog/drafts?token=a as ann"))
    #expect(said.contains("http://localhost:8123/catalog/drafts?token=b as ben"))
    #expect(try !banner(["--staff-tokens", "carl=carls-own-token"]).contains("carl"), "those are nobody's to show")
  }

  @Test func othersWhoShareItsGroupsAreToldWithWhatToDo() throws {
    #expect(try !banner([]).contains("Other instances"))
    let said = Banner(
      settings: .defaults, httpPort: 8123, opsPort: 9400, embeddedBroker: nil, catalog: nil, executables: nil,
      replays: [], shares: ["nba-scorer.scorer: 6 of 12 partitions"]
    ).text
    #expect(said.contains("Other instances are members of the same groups"))
    #expect(said.contains("  nba-scorer.scorer: 6 of 12 partitions") && said.contains("--topic-prefix"))
  }

  @Test func withoutACatalogueItSaysWhatWasLookedFor() throws {
    #expect(try banner([], catalog: nil).contains("there is no deploy/demo/catalog.yaml in this directory"))
  }

  @Test func itSaysWhatIsReplayedAndWhereToSeeIt() throws {
    #expect(try !banner([]).contains("replay"))
    let said = try banner([], replays: [.openBandit, .bank])
    #expect(said.contains("replay       \(Dataset.openBandit.rawValue), then \(Dataset.bank.rawValue): "))
    #expect(said.contains("http://localhost:8123/leads"))
  }
}
