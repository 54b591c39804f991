// The workbench as a value: the screens of the people who work with the suite. It decides nothing; it shows what is on
// the public topics and writes what staff do.

import Contracts
import Customer360
import Host
import MessageLog

package enum Workbench {
  package static let shopURL = Setting(
    "shop-url", default: "/shop",
    help: "the demo shop that the live page shows, a path or an address; empty: none", check: Setting.webAddressMistake)
  package static let shopVisitorCookie = Setting(
    "shop-visitor-cookie", default: "lb_visitor",
    help: "the cookie in which that shop keeps its visitor's identifier")

  /// `explain` derives a decision's portfolio again; the process that holds the scorer's core hands it in.
  package static func shell(explain: Explain? = nil) -> Shell {
    Shell(.workbench, settings: [shopURL, shopVisitorCookie, .staffToken, .staffTokens, .listLength]) { context in
      parts(context, explain: explain)
    }
  }

  private static func parts(_ context: HostContext, explain: Explain?) -> Parts {
    let books = Books()
    let hub = Hub()
    let reader = Reader(
      log: context.log, partitions: context.partitions, books: books, hub: hub, telemetry: context.telemetry,
      clock: context.clock)
    let desk = Desk(context)
    let gate = StaffGate(settings: context.settings)
    let pages = Pages(shop: context.settings.text(shopURL))
    let access = AccessLog(logger: context.logger, metrics: context.metrics)
    let timelines = TimelineReads(
      log: context.log, partitions: context.partitions, ids: context.ids, desk: LogDesk())
    if !gate.isSet {
      context.logger.warning("no staff token is set, so nobody can come in: see --staff-token")
    }
    context.health.onDrain { hub.close() }
    return Parts(
      topics: Reader.topics, threads: [reader], services: [Pulse(hub: hub)],
      routes: { router in
        pages.addRoutes(to: router, gate: gate)
        SignIn.addRoutes(to: router, gate: gate, pages: pages)
        let api = router.group("workbench/api").add(middleware: gate.middleware())
        let cookie = context.settings.text(shopVisitorCookie)
        let namespaces = context.settings.namespaces
        LiveRoutes(
          books: books, hub: hub, namespaces: namespaces, visitorCookie: cookie, clock: context.clock, gate: gate,
          access: access
        ).addRoutes(to: api)
        CustomerRoutes(books: books, timelines: timelines, namespaces: namespaces, gate: gate, access: access)
          .addRoutes(to: api)
        ReadRoutes(books: books, explain: explain, namespaces: namespaces, gate: gate, access: access)
          .addRoutes(to: api)
        WriteRoutes(books: books, desk: desk, ids: context.ids, gate: gate, logger: context.logger)
          .addRoutes(to: api)
        IdentityRoutes(
          books: books, desk: desk, namespaces: namespaces, clock: context.clock, gate: gate, access: access
        ).addRoutes(to: api)
        DraftRoutes(
          books: books, desk: desk, namespaces: namespaces, clock: context.clock, gate: gate
        ).addRoutes(to: api)
        RehearsalRoutes(
          books: books, log: context.log, namespaces: namespaces,
          listLength: context.settings.integer(.listLength), gate: gate, access: access, clock: context.clock
        ).addRoutes(to: api)
      }, close: { desk.close() })
  }
}
