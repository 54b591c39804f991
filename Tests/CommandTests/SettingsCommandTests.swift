import Host
import Testing

@testable import TriasMain

/// The settings of all executables, and what an environment that all share may hold.
struct SettingsCommandTests {
  @Test func whatTheSuiteKnowsIsWhatItsExecutablesDeclare() {
    let declared = Set(SuiteRun.declared.map { SuiteSetting($0).name })
    #expect(declared == Set(SuiteSetting.all.map(\.name)))
    for setting in SuiteRun.declared {
      #expect(
        SuiteSetting.all.contains(SuiteSetting(setting)), "\(setting.name) is secret there, or here, and not both")
    }
  }

  @Test func allAreListed() async throws {
    let answer = try await Trias.run(["settings"], [:])
    #expect(answer.code == 0)
    for setting in SuiteRun.declared + Setting.common {
      #expect(answer.output.contains("--\(setting.name) VALUE  (\(setting.variable)"), "\(setting.name)")
    }
  }

  @Test func anEnvironmentForAllIsGoodForTheCommandLine() async throws {
    let deployment = try Deployment()
    defer { deployment.stop() }
    let shared = ["TRIAS_STAFF_TOKEN": "t", "TRIAS_SOURCE_KEYS_FILE": "/nowhere", "TRIAS_LIST_LENGTH": "5"]
    let answer = try await deployment.trias("topics", "check", environment: shared)
    #expect(answer.code == 0, "\(answer.output)")
    let mistaken = try await deployment.trias("topics", "check", environment: ["TRIAS_STAF_TOKEN": "t"])
    #expect(mistaken.code == 1)
    #expect(mistaken.output.contains("did you mean TRIAS_STAFF_TOKEN?"))
  }
}
