// The web channel as a value: an HTTP API over the adapter kit, and a demo shop that uses it.

import AdapterSDK
import Contracts
import Foundation
import Host
import Hummingbird
import MessageLog
import Streams

package enum WebAdapter {
  package static let sourceKeys = Setting(
    "source-keys", .list, help: "who may send events: \(SourceKeys.takes)", secret: true)
  package static let listBudgetMs = Setting(
    "list-budget-ms", .integer(0...5_000), default: "250",
    help: "how long the start of a contact waits for its list before it answers with the fallback")
  package static let bodyBytesMax = Setting(
    "body-bytes-max", .integer(1_024...16_777_216), default: "262144", help: "the largest request body")
  package static let bodyDepthMax = Setting(
    "body-depth-max", .integer(5...32), default: "8", help: "how deep a request's JSON may be nested")
  package static let batchEventsMax = Setting(
    "batch-events-max", .integer(1...10_000), default: "500", help: "how many events a request may have")
  package static let ratePerSecond = Setting(
    "rate-per-second", .decimal(0.1...1_000_000), default: "500", help: "events that one source may send a second")
  package static let rateBurst = Setting(
    "rate-burst", .decimal(1...1_000_000), default: "2000", help: "events that one source may send at once")
  package static let contactsMax = Setting(
    "contacts-max", .integer(100...10_000_000), default: "100000", help: "contacts whose lists are held in memory")
  package static let demoShop = Setting(
    "demo-shop", .boolean, default: "false", help: "serves the demo shop at /shop")
  package static let shopFramedBy = Setting(
    "shop-framed-by", .list, help: "origins whose pages may show the demo shop in a frame, beside its own")
  package static let filterRules = Setting(
    "filter-rules", help: "a YAML file that says who is no customer: crawlers, own staff, tests")
  package static let trustedProxies = Setting(
    "trusted-proxies", .list,
    help: "addresses of proxies whose X-Forwarded-For says where a request comes from: 10.0.0.0/8, or one alone")

  package static let settings = [
    sourceKeys, .staffToken, .staffTokens, listBudgetMs, bodyBytesMax, bodyDepthMax, batchEventsMax, ratePerSecond,
    rateBurst,
    contactsMax, demoShop, shopFramedBy, filterRules, trustedProxies,
  ]

  package static let shell = Shell(.webAdapter, settings: settings) { try parts($0) }

  static func parts(_ context: HostContext) throws -> Parts {
    let settings = context.settings
    var adapterSettings = AdapterSettings(
      partitions: context.partitions, instance: context.instance, secret: settings.text(.secret))
    adapterSettings.contactsMax = settings.integer(contactsMax)
    adapterSettings.namespaces = settings.namespaces
    adapterSettings.filter = try filter(settings)
    let telemetry = context.telemetry
    let report = AdapterReport(
      count: { telemetry.count($0, $1) }, problem: { telemetry.log(.warning, $0) },
      filtered: { telemetry.count("trias_adapter_filtered_total", $1, labels: [("rule", $0)]) })
    let adapter = ChannelAdapter(settings: adapterSettings, log: context.log, report: report, clock: context.clock)

    let configured = try SourceKeys(
      settings.list(sourceKeys), namespaces: settings.namespaces, perSecond: settings.decimal(ratePerSecond),
      burst: settings.decimal(rateBurst),
      nowMs: context.clock())
    let shop = try settings.boolean(demoShop) ? shop(configured, settings, adapter.ids, context.clock()) : nil
    if shop != nil, settings.namespaces["cookie"] == nil {
      context.logger.warning(
        """
        the demo shop can't begin a contact: its visitors come as cookie:…, and there is no namespace cookie; add \
        cookie=device to --namespaces, or say --demo-shop false
        """)
    }
    let keys = configured.with(shop?.source)
    if keys.sources.isEmpty {
      context.logger.warning("no source keys are set, so nobody can send anything: see --source-keys")
    }
    let access = Access(
      keys: keys, staff: StaffGate(settings: settings), ids: adapter.ids, clock: context.clock)
    let limits = Limits(
      bodyBytesMax: settings.integer(bodyBytesMax), bodyDepthMax: settings.integer(bodyDepthMax),
      batchEventsMax: settings.integer(batchEventsMax))
    let clients = Clients(
      trustedProxies: try Clients.proxies(settings.list(trustedProxies)), headers: adapter.filterHeaders)
    let events = EventRoutes(adapter: adapter, access: access, clients: clients, limits: limits)
    let contacts = ContactRoutes(
      adapter: adapter, access: access, clients: clients, limits: limits, budgetMs: settings.integer(listBudgetMs))
    let description = try StaticFiles(folder: "API").naming(settings.namespaces)

    context.health.onDrain { adapter.finishStreams() }
    return Parts(
      topics: [Topics.channelInteractions, Topics.sourceRecords, Topics.nbaLists, Topics.marketingCatalog],
      threads: [ListsThread(adapter: adapter)],
      routes: { router in
        addAPI(to: router, events: events, contacts: contacts, keys: keys, description: description)
        shop?.add(to: router)
      }, close: { adapter.close() })
  }

  private static func filter(_ settings: Settings) throws(SettingsError) -> TrafficFilter {
    let path = settings.text(filterRules)
    if path.isEmpty { return .standard }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SettingsError(["filter-rules: can't read the file \(path)"])
    }
    return try FilterFile.read(text, path: path, namespaces: settings.namespaces)
  }

  static func addAPI(
    to router: HTTPRouter, events: EventRoutes, contacts: ContactRoutes, keys: SourceKeys, description: StaticFiles
  ) {
    router.get("openapi.json") { _, _ in try description.response("openapi.json") }
    let v1 = router.group("v1")
    v1.add(middleware: OriginsMiddleware(keys: keys))
    // Inside, so that a page of an allowed origin can read what was wrong.
    v1.add(middleware: ProblemMiddleware())
    events.add(to: v1)
    contacts.add(to: v1)
    for path in [
      "events", "contacts", "contacts/:contact/responses", "contacts/:contact/list", "contacts/:contact/list/stream",
      "contacts/:contact/end",
    ] {
      v1.on(RouterPath(path), method: .options) { OriginsMiddleware.preflight($0, $1) }
    }
  }

  /// With the key that is configured under its name, else with one of its own.
  private static func shop(
    _ keys: SourceKeys, _ settings: Settings, _ ids: IdMint, _ nowMs: Int64
  ) throws -> Shop {
    let files = try StaticFiles(folder: "Shop", framedBy: settings.list(shopFramedBy))
    if let source = keys.sources.first(where: { $0.name == Shop.sourceName }) {
      return Shop(files: files, source: source)
    }
    let bucket = TokenBucket(
      perSecond: settings.decimal(ratePerSecond), burst: settings.decimal(rateBurst), nowMs: nowMs)
    // The same at every instance, and no page of another origin may use it: the shop's own come from here.
    let source = Source(
      name: Shop.sourceName, key: ids.contactToken("source-key/\(Shop.sourceName)"), origins: ["same-origin"],
      namespaces: [], bucket: bucket)
    return Shop(files: files, source: source)
  }
}

/// The adapter's reading, as Host runs it.
private struct ListsThread: ThreadService {
  let adapter: ChannelAdapter

  let name = "web-adapter.lists"
  func run() throws { adapter.run() }
  func stop() { adapter.stop() }
  var readiness: (ready: Bool, detail: String) { adapter.readiness }
}
