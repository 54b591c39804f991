// swift-tools-version: 6.2
import PackageDescription

// The lean half of the suite (contracts, cores, the Kafka path) depends on librdkafka alone. TRIAS_LEAN=1 leaves the
// HTTP edges out of the manifest, so that the sanitizer runs and a quick `make test-core` build no server packages.
let lean = Context.environment["TRIAS_LEAN"] != nil

// `make test` lets no warning pass; a newer compiler's new warnings shall not stop anybody who only wants to build.
let strict = Context.environment["WARNINGS_AS_ERRORS"] != nil

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6)] + (strict ? [.treatAllWarnings(as: .error)] : [])

func shared(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Shared/\(name)", exclude: exclude, swiftSettings: swiftSettings)
}

func service(
  _ module: String, _ path: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: module, dependencies: dependencies, path: "Services/\(path)", resources: resources,
    swiftSettings: swiftSettings)
}

func executable(_ module: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: module, dependencies: dependencies, path: "Services/\(path)", swiftSettings: swiftSettings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
    swiftSettings: swiftSettings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

var targets: [Target] = [
  .systemLibrary(
    name: "CRdKafka", path: "Shared/CRdKafka", pkgConfig: "rdkafka",
    providers: [.apt(["librdkafka-dev"]), .brew(["librdkafka"])]),
  shared("Contracts", exclude: ["Schemas", "asyncapi.json"]),
  shared("MessageLog", ["Contracts"]),
  shared("MemoryLog", ["MessageLog", "Contracts"]),
  shared("KafkaLog", ["MessageLog", "Contracts", "CRdKafka"]),
  shared("Streams", ["Contracts", "MessageLog"]),
  shared("TestKit", ["Contracts", "MessageLog", "MemoryLog", "KafkaLog", "Streams"]),
  service("ProfileAggregatorCore", "ProfileAggregator/Core", ["Contracts"]),
  service(
    "ProfileAggregator", "ProfileAggregator/Shell", ["ProfileAggregatorCore", "Contracts", "MessageLog", "Streams"]),
  service("NbaScorerCore", "NbaScorer/Core", ["Contracts"]),
  service("NbaScorer", "NbaScorer/Shell", ["NbaScorerCore", "Contracts", "MessageLog", "Streams"]),
  service("LeadManagerCore", "LeadManager/Core", ["Contracts"]),
  service("LeadManager", "LeadManager/Shell", ["LeadManagerCore", "Contracts", "MessageLog", "Streams"]),
  shared("AdapterSDK", ["Contracts", "MessageLog", "KafkaLog"]),
  // Sees what an adapter outside of this package sees, so that what is public is enough to write one.
  .target(
    name: "ChannelSample", dependencies: ["AdapterSDK", "Contracts"], path: "Tests/ChannelSample",
    packageAccess: false, swiftSettings: swiftSettings),
  service("Operations", "Trias/Operations", ["NbaScorerCore", "Contracts", "MessageLog", "Streams"]),
  service("Replay", "Trias/Replay", ["Operations", "Contracts", "MessageLog", "Streams"]),
  service(
    "Bench", "Trias/Bench",
    ["Operations", "ProfileAggregator", "NbaScorerCore", "MemoryLog", "Contracts", "MessageLog", "Streams"]),
  .target(
    name: "Journeys",
    dependencies: [
      "ProfileAggregatorCore", "ProfileAggregator", "NbaScorer", "LeadManager", "TestKit", "Streams", "MessageLog",
      "Contracts",
    ], path: "Tests/Journeys", swiftSettings: swiftSettings),
  // Random numbers from a seed, for whoever tries many cases.
  .target(name: "Seeds", path: "Tests/Seeds", swiftSettings: swiftSettings),
  tests(
    "JourneyTests",
    [
      "AdapterSDK", "ProfileAggregatorCore", "NbaScorerCore", "LeadManagerCore", "Journeys", "Seeds", "TestKit",
      "Streams",
      "MessageLog", "Contracts",
    ]),
  .target(
    name: "Deployment", dependencies: ["KafkaLog", "CRdKafka", "MessageLog", "Contracts"], path: "Tests/Deployment",
    swiftSettings: swiftSettings),
  .target(
    name: "FaultSimulation",
    dependencies: [
      "Deployment", "ProfileAggregator", "NbaScorer", "NbaScorerCore", "LeadManager", "LeadManagerCore", "MemoryLog",
      "MessageLog", "Seeds", "Streams", "Contracts",
    ], path: "Tests/FaultSimulation/Core", swiftSettings: swiftSettings),
  .executableTarget(
    name: "FaultSimulationMain", dependencies: ["FaultSimulation", "Streams"], path: "Tests/FaultSimulation/Main",
    swiftSettings: swiftSettings),
  tests("FaultSimulationTests", ["FaultSimulation", "Streams"]),
  // A JSON value as a tree, by our reader and writer and by Foundation's: for tests of the two and for fuzzing.
  .target(
    name: "JSONTrees", dependencies: ["Seeds", "Contracts"], path: "Tests/JSONTrees", swiftSettings: swiftSettings),
  tests("ContractsTests", ["JSONTrees", "Seeds", "Contracts"], exclude: ["Samples"]),
  tests(
    "AdapterSDKTests", ["ChannelSample", "AdapterSDK", "TestKit", "MessageLog", "MemoryLog", "KafkaLog", "Contracts"]),
  tests("DocsTests", ["ProfileAggregator", "NbaScorer", "LeadManager", "Streams", "Contracts"]),
  tests("LogConformanceTests", ["TestKit", "MessageLog", "MemoryLog", "KafkaLog", "Contracts"]),
  tests("StreamsTests", ["TestKit", "KafkaLog", "Streams", "MessageLog", "MemoryLog", "Contracts"]),
  tests(
    "ProfileAggregatorTests",
    [
      "ProfileAggregatorCore", "ProfileAggregator", "Seeds", "TestKit", "Streams", "MessageLog", "MemoryLog",
      "Contracts",
    ]),
  tests(
    "NbaScorerTests",
    ["NbaScorerCore", "NbaScorer", "TestKit", "Seeds", "Streams", "MessageLog", "MemoryLog", "Contracts"]),
  tests(
    "TriasTests",
    [
      "Operations", "Replay", "Bench", "ProfileAggregator", "LeadManager", "TestKit", "Streams", "MessageLog",
      "MemoryLog", "Contracts",
    ], exclude: ["Snowplow"]),
  tests(
    "LeadManagerTests",
    ["LeadManagerCore", "LeadManager", "Seeds", "TestKit", "Streams", "MessageLog", "MemoryLog", "Contracts"]),
]

// AdapterSDK is what channel adapters of one's own are built on.
var products: [Product] = [
  .library(name: "AdapterSDK", targets: ["AdapterSDK", "Contracts"]),
  .executable(name: "fault-sim", targets: ["FaultSimulationMain"]),
]
var dependencies: [Package.Dependency] = []

if !lean {
  dependencies = [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ]
  targets += [
    shared(
      "Host",
      [
        "Contracts", "MessageLog", "KafkaLog", "Streams", logging, coreMetrics, metrics, hummingbird, nioCore, nioHTTP1,
        nioHTTPTypes, nioPosix, lifecycle, yams,
      ]),
    shared("Customer360", ["Contracts", "MessageLog", "Streams", "Host", hummingbird, logging]),
    service("CatalogAuthoring", "NbaScorer/Authoring", ["NbaScorerCore", "Contracts", "MessageLog", yams]),
    service(
      "Rehearsal", "Trias/Rehearsal",
      [
        "CatalogAuthoring", "ProfileAggregatorCore", "ProfileAggregator", "NbaScorerCore", "NbaScorer", "LeadManager",
        "Streams", "MessageLog", "Contracts",
      ]),
    service(
      "WebAdapter", "WebAdapter/Shell",
      ["AdapterSDK", "Contracts", "MessageLog", "Streams", "Host", hummingbird, logging, lifecycle, yams],
      resources: [.copy("Resources")]),
    service(
      "Workbench", "Workbench/Shell",
      [
        "CatalogAuthoring", "NbaScorerCore", "Rehearsal", "Operations", "Customer360", "AdapterSDK", "Contracts",
        "MessageLog", "Streams", "Host", hummingbird, logging, lifecycle,
      ], resources: [.embedInCode("Resources")]),
    service(
      "ProfileReads", "ProfileAggregator/Reads",
      [
        "Customer360", "ProfileAggregatorCore", "ProfileAggregator", "Contracts", "MessageLog", "Streams", "Host",
        hummingbird, logging,
      ], resources: [.embedInCode("openapi.json")]),
    executable("ProfileAggregatorMain", "ProfileAggregator/Main", ["ProfileAggregator", "ProfileReads", "Host"]),
    executable("NbaScorerMain", "NbaScorer/Main", ["NbaScorer", "Host"]),
    executable("LeadManagerMain", "LeadManager/Main", ["LeadManager", "Host"]),
    executable("WebAdapterMain", "WebAdapter/Main", ["WebAdapter", "Host"]),
    executable("WorkbenchMain", "Workbench/Main", ["Workbench", "Host"]),
    executable(
      "TriasMain", "Trias/Main",
      [
        "Operations", "Replay", "Bench", "ProfileAggregator", "ProfileReads", "NbaScorer", "NbaScorerCore",
        "LeadManager", "WebAdapter", "MemoryLog",
        "Workbench", "CatalogAuthoring", "Rehearsal",
        "AdapterSDK", "Host", "Streams", "KafkaLog", "MessageLog", "Contracts", argumentParser, logging,
      ]),
    .target(name: "Browser", path: "Tests/Browser", swiftSettings: swiftSettings),
    // A later release of the lead manager, for the tests of an upgrade with real processes.
    .executableTarget(
      name: "NextVersion", dependencies: ["LeadManager", "Host", "Streams", "MessageLog", "Contracts"],
      path: "Tests/NextVersion", swiftSettings: swiftSettings),
    tests(
      "WorkbenchTests",
      [
        "Workbench", "CatalogAuthoring", "NbaScorer", "NbaScorerCore", "Customer360", "Browser", "TestKit", "Host",
        "Streams", "MessageLog", "MemoryLog", "Contracts",
        logging,
        hummingbird,
      ]),
    tests(
      "WebAdapterTests",
      [
        "WebAdapter", "WebAdapterMain", "Browser", "Deployment", "AdapterSDK", "TestKit", "Host", "Streams",
        "MessageLog", "MemoryLog", "Contracts", logging, hummingbird,
      ]),
    tests(
      "CommandTests",
      [
        "TriasMain", "TestKit", "Host", "Operations", "Replay", "ProfileAggregator", "NbaScorer", "LeadManager",
        "KafkaLog", "MemoryLog",
        "Streams",
        "MessageLog", "Contracts",
      ]),
    tests("EndToEndTests", ["Browser", "Deployment", "MessageLog", "Contracts"]),
    tests(
      "ProfileReadsTests",
      [
        "ProfileReads", "Customer360", "ProfileAggregatorCore", "ProfileAggregator", "Deployment", "TestKit", "Host",
        "Streams",
        "MessageLog", "MemoryLog", "Contracts", logging, hummingbird,
      ]),
    tests("FaultTests", ["NextVersion", "Deployment", "MessageLog", "Contracts"]),
    .target(
      name: "FuzzTargets",
      dependencies: ["CatalogAuthoring", "Rehearsal", "JSONTrees", "Streams", "MessageLog", "Contracts"],
      path: "Tests/Fuzzing/Targets", swiftSettings: swiftSettings),
    tests("FuzzingTests", ["FuzzTargets", "CatalogAuthoring", "Contracts"]),
    tests(
      "CatalogAuthoringTests",
      [
        "CatalogAuthoring", "Rehearsal", "Journeys", "Seeds", "TestKit", "NbaScorerCore", "MemoryLog", "MessageLog",
        "Contracts",
      ]),
    tests(
      "HostTests",
      [
        "Host", "TestKit", "Streams", "MessageLog", "MemoryLog", "Contracts", logging, coreMetrics, hummingbird,
        lifecycle,
      ]
    ),
  ]
  products += [
    .executable(name: "profile-aggregator", targets: ["ProfileAggregatorMain"]),
    .executable(name: "nba-scorer", targets: ["NbaScorerMain"]),
    .executable(name: "lead-manager", targets: ["LeadManagerMain"]),
    .executable(name: "web-adapter", targets: ["WebAdapterMain"]),
    .executable(name: "workbench", targets: ["WorkbenchMain"]),
    .executable(name: "trias", targets: ["TriasMain"]),
  ]
}

// Links only where libFuzzer brings its main function along, so deploy/fuzz.sh alone asks for it.
if Context.environment["TRIAS_FUZZ"] != nil {
  targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Main", swiftSettings: swiftSettings))
}

let package = Package(
  name: "trias",
  platforms: [.macOS(.v15)],
  products: products,
  dependencies: dependencies,
  targets: targets
)
