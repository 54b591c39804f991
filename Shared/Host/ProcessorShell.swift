import Contracts
import MessageLog
import Streams

// A service that consists of processors, as Host runs it.

extension Shell {
  /// The shell of a service that consists of processors.
  package init(_ service: any ProcessorService.Type) {
    let declared = service.options.map(Setting.init)
    self.init(service.executable, settings: declared) { context in
      let values = Dictionary(uniqueKeysWithValues: declared.map { ($0.name, context.settings.text($0)) })
      let processors = service.processors(
        ServiceOptions(
          secret: context.settings.text(.secret), namespaces: context.settings.namespaces, values: values))
      return Parts(
        topics: processors.flatMap(\.topics),
        threads: processors.map { $0.makeRunner(context.log, context.runtime, context.telemetry) })
    }
  }
}

extension Setting {
  fileprivate init(_ option: ServiceOption) {
    let kind: Kind =
      switch option.kind {
      case .text: .text
      case .integer(let range): .integer(range)
      case .boolean: .boolean
      }
    self.init(option.name, kind, default: option.defaultValue, help: option.help)
  }
}
