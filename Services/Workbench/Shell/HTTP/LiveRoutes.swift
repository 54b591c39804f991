// Server-sent events: one stream a screen, with the customer it is about and what passes through the topics.

import Contracts
import Customer360
import Foundation
import HTTPTypes
import Host
import Hummingbird
import NIOCore

struct LiveRoutes: Sendable {
  let books: Books
  let hub: Hub
  let namespaces: Namespaces
  /// The cookie in which the shop keeps who its visitor is.
  let visitorCookie: String
  let clock: @Sendable () -> Int64
  let gate: StaffGate
  let access: AccessLog

  /// The strip is drawn a few times a second however much passes; what is about the customer is sent at once.
  private static let flowIntervalMs: Int64 = 150
  private static let flowRecordsMax = 48
  private static let silenceMs: Int64 = 10_000
  /// What is computed of a customer goes on with the time, also where nothing happens.
  private static let customerMs: Int64 = 30_000

  func addRoutes(to group: RouterGroup<HTTPContext>) {
    group.get("visitor") { request, _ in
      try Answers.json(["identifier": request.cookies[visitorCookie].map { "cookie:\($0.value)" }])
    }
    group.get("live") { request, _ in
      let identifier = request.query("identifier") == nil ? nil : try request.identifier(namespaces).key
      let choice = try request.choice()
      guard let signals = hub.open() else { throw Problem.unavailable("too many screens are open") }
      var look = Access(who: try gate.reader(request), route: "/workbench/api/live")
      if let identifier { look.found(identifier, in: books) } else { look.foundSeveral() }
      access.note(look, status: 200)
      let first = look
      let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-store", HTTPField.Name("X-Accel-Buffering")!: "no",
      ]
      return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
          var screen = Screen(
            books: books, namespaces: namespaces, identifier: identifier, choice: choice, clock: clock, look: first,
            access: access)
          // The first line tells proxies and the browser that the stream stands.
          try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
          for await _ in signals {
            let news = try screen.news()
            if !news.isEmpty { try await writer.write(ByteBuffer(string: news)) }
          }
          try await writer.finish(nil)
        })
    }
  }

  /// What one screen has been told.
  private struct Screen {
    let books: Books
    let namespaces: Namespaces
    let identifier: String?
    let choice: ContactChoice
    let clock: @Sendable () -> Int64
    /// As it was logged last.
    var look: Access
    let access: AccessLog
    var mark: CustomerMaterial.Mark?
    var seq: Int64 = 0
    var leads: Int64 = -1
    var identity: Int64 = -1
    var hasLatency = false
    var flowMs: Int64 = 0
    var saidMs: Int64 = 0
    var customerMs: Int64 = 0

    init(
      books: Books, namespaces: Namespaces, identifier: String?, choice: ContactChoice,
      clock: @escaping @Sendable () -> Int64, look: Access, access: AccessLog
    ) {
      (self.look, self.access) = (look, access)
      self.books = books
      self.namespaces = namespaces
      self.identifier = identifier
      self.choice = choice
      self.clock = clock
    }

    mutating func news() throws -> String {
      var text = ""
      let nowMs = clock()
      if nowMs - customerMs >= LiveRoutes.customerMs { mark = nil }
      if let identifier, let material = books.material(identifier, since: mark) {
        mark = material.mark
        customerMs = nowMs
        // Whoever has become known under it since, or is somebody else by now, is looked at from here on.
        if let profile = material.mark.profile, profile != look.profile {
          look.profile = profile
          access.note(look, status: 200)
        }
        text += try event("customer", material.model(choice, nowMs: wallClockMs(), namespaces: namespaces))
      }
      if nowMs - flowMs >= LiveRoutes.flowIntervalMs,
        let flow = books.flow(
          after: seq, leads: leads, identity: identity, hasLatency: hasLatency, nowMs: nowMs)
      {
        flowMs = nowMs
        hasLatency = flow.latency != nil
        seq = flow.seq
        leads = flow.leads
        identity = flow.identity
        text += try event("flow", flow)
      }
      if !text.isEmpty {
        saidMs = nowMs
      } else if nowMs - saidMs >= LiveRoutes.silenceMs {
        // A word now and then: the only way to learn that the other side has gone.
        saidMs = nowMs
        text = ": still here\n\n"
      }
      return text
    }

    private func event(_ name: String, _ value: some Encodable) throws -> String {
      "event: \(name)\ndata: \(String(decoding: try Answers.encode(value), as: UTF8.self))\n\n"
    }
  }
}

/// What the strip is told.
struct FlowModel: Encodable, Sendable {
  var seq: Int64
  var records: [FlowRecord]
  var totals: [String: Int]
  /// Of the last minute; nil when it was quiet.
  var latency: Latency?
  /// Changes whenever any lead does.
  var leads: Int64
  /// Changes whenever there is something else for a data steward.
  var identity: Int64
  var customers: Int
}

extension Books {
  /// nil where nothing came since, and a screen that shows a latency may go on showing it.
  func flow(
    after seq: Int64, leads: Int64, identity: Int64 = 0, hasLatency: Bool = false, nowMs: Int64
  ) -> FlowModel? {
    read { content in
      let isQuiet =
        content.flow.seq == seq && content.leads.revision == leads && content.steward.revision == identity && seq != 0
      let latency = isQuiet && !hasLatency ? nil : content.flow.latency(nowMs: nowMs)
      if isQuiet, latency != nil || !hasLatency { return nil }
      return FlowModel(
        seq: content.flow.seq, records: content.flow.records(after: seq, max: 48), totals: content.flow.totals,
        latency: latency, leads: content.leads.revision,
        identity: content.steward.revision, customers: content.profiles.count)
    }
  }
}
