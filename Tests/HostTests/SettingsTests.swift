import Testing

@testable import Host

/// Flags over environment over file over defaults; every mistake with its name and what it takes.
struct SettingsTests {
  static let key = Setting("source-keys", .list, help: "keys", secret: true)
  static let budget = Setting("budget-ms", .integer(0...5000), default: "250", help: "how long to wait")
  static let wish = Setting("verbose", .boolean, default: "false", help: "say more")

  func resolve(
    _ arguments: [String] = [], _ environment: [String: String] = [:], files: [String: String] = [:]
  ) throws -> Settings {
    struct Missing: Error {}
    let resolver = SettingsResolver(
      executable: "web-adapter", declared: Setting.common + [Self.key, Self.budget, Self.wish],
      otherExecutables: ["web-adapter", "nba-scorer"],
      suite: [SuiteSetting("list-length"), SuiteSetting("staff-token", secret: true)],
      readFile: { path in
        guard let text = files[path] else { throw Missing() }
        return text
      })
    guard case .settings(let settings) = try resolver.resolve(arguments: arguments, environment: environment) else {
      throw Missing()
    }
    return settings
  }

  func problems(
    _ arguments: [String] = [], _ environment: [String: String] = [:], files: [String: String] = [:]
  ) -> [String] {
    do {
      _ = try resolve(arguments, environment, files: files)
      return []
    } catch let error as SettingsError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }

  @Test func aFlagBeatsTheEnvironmentBeatsTheFileBeatsTheDefault() throws {
    let file = ["s.yaml": "http-port: 1\nbudget-ms: 1\npartitions: 3\n"]
    let settings = try resolve(
      ["--http-port", "3", "--settings=s.yaml"], ["TRIAS_HTTP_PORT": "2", "TRIAS_BUDGET_MS": "2"], files: file)
    #expect(settings.integer(.httpPort) == 3)
    #expect(settings.integer(Self.budget) == 2)
    #expect(settings.integer(.partitions) == 3)
    #expect(settings.integer(.opsPort) == 9400)
    #expect(settings.source(.httpPort) == .flag)
    #expect(settings.source(.opsPort) == .default)
  }

  @Test func theFileHasSectionsForSingleExecutables() throws {
    let file = ["s.yaml": "budget-ms: 1\nweb-adapter:\n  budget-ms: 7\n  source-keys: [a, b]\nnba-scorer:\n  x: 1\n"]
    let settings = try resolve([], ["TRIAS_SETTINGS": "s.yaml"], files: file)
    #expect(settings.integer(Self.budget) == 7)
    #expect(settings.list(Self.key) == ["a", "b"])
  }

  /// Each with the line that it is on, whatever kind of mistake it is.
  @Test(arguments: [
    ("\nhttp-port: none", 2, "http-port: takes a whole number from 0 to 65535, not \"none\""),
    ("http-port: [1]", 1, "http-port: takes a whole number from 0 to 65535, not a list"),
    ("topic-prefix: {a: b}", 1, "topic-prefix: takes text, not a map"),
    ("# first\nsecret: ~", 2, "secret: takes text, not nothing"),
    ("partitions:", 1, "partitions: takes a whole number from 1 to 10000, not nothing"),
    ("source-keys: [a, [b]]", 1, "source-keys: takes values separated by commas, not a list"),
    ("namespaces: [customer=person, b]", 1, "namespaces: entry 2"),
    ("web-adapter:\n  budget-ms: 7\n  budget-ms: 8", 3, "budget-ms is there twice"),
    ("http-port: 1\nops-port: 2\nhttp-port: 3", 3, "http-port is there twice"),
    ("http-port: \"1", 1, "not YAML: found unexpected end of stream"),
  ])
  func aMistakeInTheFileIsNamedWithItsLine(text: String, line: Int, says: String) {
    let problems = problems(["--settings", "s.yaml"], files: ["s.yaml": text])
    #expect(problems.count == 1 && problems[0].hasPrefix("s.yaml:\(line): \(says)"), "\(problems)")
  }

  @Test func aSettingKnowsUnderWhichNameItWasSaid() throws {
    let settings = try resolve(
      ["--http-port", "3", "--settings", "s.yaml"], ["KAFKA_BOOTSTRAP_SERVERS": "kafka:9092", "TRIAS_PARTITIONS": "2"],
      files: ["s.yaml": "\nops-port: 1"])
    let places = [Setting.httpPort, .bootstrapServers, .partitions, .opsPort, .secret].map { settings.place(of: $0) }
    #expect(places == ["--http-port", "KAFKA_BOOTSTRAP_SERVERS", "TRIAS_PARTITIONS", "s.yaml:2: ops-port", nil])
    #expect(settings.brokers.contains("kafka:9092, as KAFKA_BOOTSTRAP_SERVERS says"))
    #expect(
      problems([], ["KAFKA_BOOTSTRAP_SERVERS": "kafka"]).first?.hasPrefix("KAFKA_BOOTSTRAP_SERVERS: takes brokers")
        == true)
    #expect(try resolve().brokers.contains("the brokers are localhost:9092, since nothing else is set"))
  }

  @Test func theBrokersAreFoundUnderTheNameThatKafkaToolsUse() throws {
    #expect(try resolve([], ["KAFKA_BOOTSTRAP_SERVERS": "k:1"]).text(.bootstrapServers) == "k:1")
    let both = ["KAFKA_BOOTSTRAP_SERVERS": "k:1", "TRIAS_BOOTSTRAP_SERVERS": "t:1"]
    #expect(try resolve([], both).text(.bootstrapServers) == "t:1")
    #expect(try resolve(["--bootstrap-servers", "f:1"], both).text(.bootstrapServers) == "f:1")
  }

  @Test func aSecretComesFromAFileWithoutItsNewline() throws {
    let settings = try resolve([], ["TRIAS_SECRET_FILE": "/run/s"], files: ["/run/s": "deep\n"])
    #expect(settings.text(.secret) == "deep")
    #expect(
      problems([], ["TRIAS_SECRET_FILE": "/run/s", "TRIAS_SECRET": "x"], files: ["/run/s": "deep"])
        == ["TRIAS_SECRET_FILE: TRIAS_SECRET is set as well; only one of them can be meant"])
    #expect(problems([], ["TRIAS_SECRET_FILE": "/none"]) == ["TRIAS_SECRET_FILE: can't read the file /none"])
  }

  @Test func librdkafkaPropertiesPassThrough() throws {
    let settings = try resolve(
      ["--kafka", "linger.ms=2"],
      ["TRIAS_KAFKA_FETCH_WAIT_MAX_MS": "10", "TRIAS_KAFKA_LINGER_MS": "1", "TRIAS_KAFKA_SASL_PASSWORD_FILE": "/p"],
      files: ["/p": "word\n"])
    #expect(settings.kafka == ["fetch.wait.max.ms": "10", "linger.ms": "2", "sasl.password": "word"])
    let file = try resolve(["--settings", "f"], [:], files: ["f": "kafka:\n  security.protocol: ssl\n"])
    #expect(file.kafka == ["security.protocol": "ssl"])
  }

  @Test func whatIsNotKnownIsRefusedWithTheNearestName() {
    #expect(problems(["--http-prot", "1"]) == ["--http-prot: there is no such flag; did you mean --http-port?"])
    #expect(
      problems([], ["TRIAS_PARTITION": "1"]) == [
        "TRIAS_PARTITION: there is no such setting; did you mean TRIAS_PARTITIONS?"
      ])
    #expect(
      problems(["--settings", "f"], [:], files: ["f": "# hello\nlog-levle: info\n"])
        == ["f:2: log-levle: there is no such setting; did you mean log-level?"])
    #expect(problems([], ["TRIAS_ZZZZZZZZZZZZZ": "1"])[0].hasSuffix("--help lists what there is"))
  }

  @Test func whatOnlyOthersOfTheSuiteTakeMayStandInWhatAllShare() throws {
    let environment = ["TRIAS_LIST_LENGTH": "many", "TRIAS_STAFF_TOKEN_FILE": "/none", "TRIAS_BUDGET_MS": "7"]
    #expect(try resolve([], environment).integer(Self.budget) == 7)
    let file = ["f": "list-length: 3\nstaff-token: word\nbudget-ms: 8\n"]
    #expect(try resolve(["--settings", "f"], [:], files: file).integer(Self.budget) == 8)
  }

  @Test func whatIsNobodysIsRefusedAndFlagsAndOwnSectionsTakeOnlyOnesOwn() {
    #expect(
      problems([], ["TRIAS_LIST_LENGHT": "3"]) == [
        "TRIAS_LIST_LENGHT: there is no such setting; did you mean TRIAS_LIST_LENGTH?"
      ])
    #expect(problems([], ["TRIAS_LIST_LENGTH_FILE": "/s"]).count == 1, "no secret, so it comes from no file")
    #expect(problems(["--list-length", "3"]).count == 1)
    #expect(
      problems(["--settings", "f"], [:], files: ["f": "list-lenght: 3\n"]) == [
        "f:1: list-lenght: there is no such setting; did you mean list-length?"
      ])
    #expect(problems(["--settings", "f"], [:], files: ["f": "web-adapter:\n  list-length: 3\n"]).count == 1)
  }

  @Test func aWrongValueIsRefusedWithWhatItTakes() {
    #expect(
      Set(problems(["--http-port", "http"], ["TRIAS_LOG_LEVEL": "loud", "TRIAS_VERBOSE": "maybe"])) == [
        "--http-port: takes a whole number from 0 to 65535, not \"http\"",
        "TRIAS_LOG_LEVEL: takes trace, debug, info, notice, warning, error or critical, not \"loud\"",
        "TRIAS_VERBOSE: takes true or false, not \"maybe\"",
      ])
    #expect(problems(["--http-port"]) == ["--http-port: takes a whole number from 0 to 65535, but nothing follows"])
    #expect(problems(["stray"]) == ["stray: not a flag; all settings are given as --name value"])
  }

  @Test(arguments: [
    ("bootstrap-servers", ["", "foo", "foo:bar", "foo:99999", "a:1,,b:2", "not a host:9092"]),
    ("topic-prefix", ["a b/", "ä"]), ("http-host", ["", "not a host", "a/b"]), ("instance", ["", " "]),
    ("secret", ["", "\n"]),
  ]) func aTextOfTheWrongFormIsRefused(name: String, texts: [String]) {
    for text in texts {
      let found = problems([], [Setting.variable(name): text])
      #expect(found.count == 1 && found[0].hasPrefix("\(Setting.variable(name)): takes "), "\(text): \(found)")
    }
  }

  @Test(arguments: [
    ("bootstrap-servers", ["localhost:9092", "a.b:1, c-d:65535", "SASL_SSL://k:9092", "[::1]:9092", "10.0.0.1:9092"]),
    ("topic-prefix", ["", "shop.", "A_1-"]), ("http-host", ["0.0.0.0", "::", "localhost", "my-host.example"]),
  ]) func aTextOfTheRightFormIsTaken(name: String, texts: [String]) {
    for text in texts { #expect(problems([], [Setting.variable(name): text]) == [], "\(text)") }
  }

  @Test func whatIsMeantForLibrdkafkaIsNeitherDroppedNorStrongerThanOurOwn() {
    let file = ["f": "kafka:\n  fetch.wait.max.ms: [1, 2]\n  security: {protocol: SSL}\n"]
    let found = problems(["--settings", "f"], files: file)
    #expect(found.count == 2 && found.allSatisfy { $0.contains("takes a text") }, "\(found)")
    #expect(found.first?.hasPrefix("f:2: kafka: fetch.wait.max.ms: ") == true, "\(found)")
    #expect(
      problems([], ["TRIAS_KAFKA_BOOTSTRAP_SERVERS": "foo:1"]) == [
        "kafka bootstrap.servers: the brokers are a setting of their own, bootstrap-servers"
      ])
  }

  @Test func aListInAFileMayHaveALineForEach() throws {
    let settings = try resolve([], ["TRIAS_SOURCE_KEYS_FILE": "keys"], files: ["keys": "a=1\nb=2, c=3\n"])
    #expect(settings.list(Self.key) == ["a=1", "b=2", "c=3"])
  }

  @Test func addressesAndOriginsAreToldFromOtherTexts() {
    for right in ["", "/shop", "https://shop.example", "http://localhost:8080/shop?x=1"] {
      #expect(Setting.webAddressMistake(right) == nil, "\(right)")
    }
    for wrong in ["javascript:alert(1)", "shop", "//evil.example", "https://", "/a b"] {
      #expect(Setting.webAddressMistake(wrong) != nil, "\(wrong)")
    }
    for right in ["*", "https://shop.example", "http://localhost:8080"] {
      #expect(Setting.originMistake(right) == nil, "\(right)")
    }
    for wrong in ["shop.example", "https://shop.example/", "https://shop.example/x"] {
      #expect(Setting.originMistake(wrong) != nil, "\(wrong)")
    }
  }

  @Test func namespacesAreDeclaredOnceAndAMistakeNamesItsEntry() throws {
    let settings = try resolve([], ["TRIAS_NAMESPACES": "member=person,tablet=device"])
    #expect(settings.namespaces.all.map(\.name) == ["member", "tablet"])
    #expect(try resolve().namespaces == .standard)
    let file = ["f": "namespaces: [member=person, tablet=device]\n"]
    #expect(try resolve(["--settings", "f"], [:], files: file).namespaces == settings.namespaces)
    let problem = problems([], ["TRIAS_NAMESPACES": "member=person,tablet=tablet"]).first ?? ""
    #expect(problem.hasPrefix("TRIAS_NAMESPACES: entry 2, \"tablet=tablet\": takes name=kind"), "\(problem)")
  }

  @Test func aBareBooleanFlagMeansYes() throws {
    #expect(try resolve(["--verbose"]).boolean(Self.wish))
    #expect(try !resolve(["--verbose=no"]).boolean(Self.wish))
  }

  @Test func helpListsEverySettingWithItsDefault() throws {
    let resolver = SettingsResolver(executable: "web-adapter", declared: Setting.common + [Self.budget])
    guard case .help(let text) = try resolver.resolve(arguments: ["--help"], environment: [:]) else {
      Issue.record("no help")
      return
    }
    for setting in Setting.common + [Self.budget] {
      #expect(text.contains("--\(setting.name) "))
      #expect(text.contains(setting.variable))
    }
    #expect(text.contains("a whole number from 0 to 5000; default: 250"))
  }
}
