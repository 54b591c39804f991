import Contracts
import MessageLog

// A service that consists of processors says what they are and what may be set; who runs it (Host, `trias run`, a test)
// reads it from here. So the lean services need to know nothing of settings files, logs or HTTP.

/// An option of a service, by its name in kebab case.
package struct ServiceOption: Sendable {
  package enum Kind: Sendable {
    case text
    case integer(ClosedRange<Int>)
    case boolean
  }

  package let name: String
  package let kind: Kind
  package let defaultValue: String
  package let help: String

  package init(_ name: String, _ kind: Kind, default defaultValue: String, help: String) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.help = help
  }
}

/// What its options are set to.
package struct ServiceOptions: Sendable {
  /// The deployment's secret.
  package let secret: String
  /// The deployment's identifiers: their kinds and their strength.
  package let namespaces: Namespaces
  private let values: [String: String]

  package init(secret: String, namespaces: Namespaces = .standard, values: [String: String] = [:]) {
    self.secret = secret
    self.namespaces = namespaces
    self.values = values
  }

  package func text(_ option: ServiceOption) -> String { values[option.name] ?? option.defaultValue }
  package func integer(_ option: ServiceOption) -> Int { Int(text(option)) ?? Int(option.defaultValue) ?? 0 }
  package func boolean(_ option: ServiceOption) -> Bool { text(option) == "true" }
}

package protocol ProcessorService: SendableMetatype {
  static var executable: Executable { get }
  static var options: [ServiceOption] { get }
  static func processors(_ options: ServiceOptions) -> [AnyProcessor]
}

/// A processor with its state's type forgotten: enough to run it and to check its wiring.
package struct AnyProcessor: Sendable {
  package let group: ConsumerGroup
  package let inputs: [Topic]
  package let globals: [Topic]
  package let table: Topic
  package let outputs: [Topic]
  package let reducerVersion: Int
  let batchIntervalMs: Int
  let makeLogic: @Sendable () -> any HeldLogic

  package init<State>(_ processor: Processor<State>) {
    group = processor.group
    inputs = processor.inputs
    globals = processor.globals
    table = processor.table
    outputs = processor.outputs
    reducerVersion = processor.reducerVersion
    batchIntervalMs = processor.batchIntervalMs
    makeLogic = { TypedLogic(processor.makeLogic()) }
  }

  package func makeRunner(
    _ log: any MessageLog, _ settings: RuntimeSettings, _ telemetry: any Telemetry
  ) -> any ThreadService {
    ProcessorRunner(self, log: log, settings: settings, telemetry: telemetry)
  }

  /// Every topic that has to be there before it can start.
  package var topics: [Topic] { inputs + globals + [table] + outputs + [group.ticks, group.deadLetter] }
}
