import Contracts
import MessageLog
import Streams

// A service that consists of processors, as Host runs it.

/// What such a service answers over HTTP from its tables.
package struct ProcessorReads: Sendable {
  /// Through which it looks at the tables of its processors.
  package var windows: [ConsumerGroup: TableWindow]
  /// Where other instances reach it; nil where that isn't known.
  package var address: @Sendable () -> String?
  /// What they read beside the tables.
  package var threads: [any ThreadService]
  package var routes: @Sendable (HTTPRouter) -> Void

  package init(
    windows: [ConsumerGroup: TableWindow], address: @escaping @Sendable () -> String?,
    threads: [any ThreadService] = [], routes: @escaping @Sendable (HTTPRouter) -> Void
  ) {
    self.windows = windows
    self.address = address
    self.threads = threads
    self.routes = routes
  }
}

extension Shell {
  /// The shell of a service that consists of processors. `reads` says what it answers beside its work; nil: nothing, and
  /// then it doesn't listen for it either.
  package init(
    _ service: any ProcessorService.Type, settings others: [Setting] = [],
    reads: @escaping @Sendable (HostContext, [AnyProcessor]) -> ProcessorReads? = { _, _ in nil }
  ) {
    let declared = service.options.map(Setting.init)
    self.init(service.executable, settings: declared + others) { context in
      let values = Dictionary(uniqueKeysWithValues: declared.map { ($0.name, context.settings.text($0)) })
      let processors = service.processors(
        ServiceOptions(
          secret: context.settings.text(.secret), namespaces: context.settings.namespaces, values: values))
      let reads = reads(context, processors)
      return Parts(
        topics: processors.flatMap(\.topics),
        threads: processors.map { processor in
          var runtime = context.runtime
          if let reads, let window = reads.windows[processor.group] {
            (runtime.window, runtime.address) = (window, reads.address)
          }
          return processor.makeRunner(context.log, runtime, context.telemetry)
        } + (reads?.threads ?? []), routes: reads?.routes)
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
