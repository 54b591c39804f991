// The profile-aggregator as its executable and `trias run` start it: its processors, and the reads that any instance
// answers from their tables.

import Contracts
import Customer360
import Foundation
import Host
import MessageLog
import ProfileAggregator
import Streams

extension ProfileAggregator {
  package static let advertisedURL = Setting(
    "advertised-url", default: "", defaultText: "http://<host name>:<http-port>",
    help: "where other instances reach this one's HTTP",
    check: { text in
      text.isEmpty || PeerClient.place(text) != nil ? nil : "takes http://host:port, not \"\(text)\""
    })

  package static let shell = Shell(ProfileAggregator.self, settings: [.staffToken, .staffTokens, advertisedURL]) {
    context, processors in
    let gate = StaffGate(settings: context.settings)
    // Without a token nobody could come in, so there is no port to be found closed, or taken.
    guard gate.isSet else { return nil }
    guard let facets = processors.first(where: { $0.group == .facets }),
      let profiles = processors.first(where: { $0.group == .profiles })
    else { return nil }
    let windows = [ConsumerGroup.facets: TableWindow(), .profiles: TableWindow()]
    let address = advertised(context)
    let desk = LogDesk()
    let seal = PeerSeal(secret: context.settings.text(.secret), clock: context.clock)
    func table(_ processor: AnyProcessor) -> TableReads {
      TableReads(
        processor, window: windows[processor.group]!, context: context, desk: desk, seal: seal, ownAddress: address)
    }
    let tables = [table(facets), table(profiles)]
    let customers = CustomerReads(facets: tables[0], profiles: tables[1])
    let catalog = CatalogFeed(name: "profile-reads.catalog", log: context.log, telemetry: context.telemetry)
    let timelines = TimelineReads(log: context.log, partitions: context.partitions, ids: context.ids, desk: desk)
    let routes = ProfileRoutes(
      customers: customers, timelines: timelines, catalog: catalog, namespaces: context.settings.namespaces, gate: gate,
      access: AccessLog(logger: context.logger, metrics: context.metrics), clock: context.clock)
    let peers = PeerRoutes(tables: tables, seal: seal)
    return ProcessorReads(windows: windows, address: address, threads: [catalog]) { router in
      routes.addRoutes(to: router)
      peers.addRoutes(to: router)
    }
  }

  /// What was set; else the address that HTTP listens on, or where that is any, the name of this host. With port 0 it is
  /// known only once the server listens.
  private static func advertised(_ context: HostContext) -> @Sendable () -> String? {
    let set = context.settings.text(advertisedURL)
    if !set.isEmpty { return { set.hasSuffix("/") ? String(set.dropLast()) : set } }
    let isAny = ["0.0.0.0", "::", "[::]"].contains(context.settings.text(.httpHost))
    let named = isAny ? ProcessInfo.processInfo.hostName : context.settings.text(.httpHost)
    let host = named.contains(":") && !named.hasPrefix("[") ? "[\(named)]" : named
    let port = context.settings.integer(.httpPort)
    return {
      guard let port = port != 0 ? port : context.http.port else { return nil }
      return "http://\(host):\(port)"
    }
  }
}
