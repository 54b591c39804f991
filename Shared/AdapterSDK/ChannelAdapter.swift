import Contracts
import MessageLog
import Synchronization

/// Why an adapter can't do what it is asked.
public enum AdapterError: Error, Sendable, Equatable {
  /// The event itself is to blame; the refusal names the field.
  case refused(Refusal)
  /// Too much at once: slow down. Of a batch some may have been taken: sending it again under the same ids is harmless.
  case busy
  /// The broker is away, or the adapter is still starting. Whether the event was taken is not known: sending it again
  /// under the same id is harmless.
  case unavailable(String)
}

/// What an adapter can report to whoever watches over it.
public struct AdapterReport: Sendable {
  public var count: @Sendable (_ name: StaticString, _ n: Int) -> Void
  public var problem: @Sendable (_ message: String) -> Void
  /// So many events were not published because of that rule of the filter.
  public var filtered: @Sendable (_ rule: String, _ n: Int) -> Void

  public init(
    count: @escaping @Sendable (_ name: StaticString, _ n: Int) -> Void = { _, _ in },
    problem: @escaping @Sendable (_ message: String) -> Void = { _ in },
    filtered: @escaping @Sendable (_ rule: String, _ n: Int) -> Void = { _, _ in }
  ) {
    self.count = count
    self.problem = problem
    self.filtered = filtered
  }
}

public struct AdapterSettings: Sendable {
  /// Partitions of the two key domains.
  public var partitions: Int
  /// This process, unique in the deployment: who is waited for.
  public var instance: String
  public var secret: String
  public var namespaces: Namespaces = .standard
  /// Who is no customer, so that nothing of him is published.
  public var filter: TrafficFilter = .standard
  /// After that long without an acknowledgement a publisher is told that the broker is away.
  public var publishTimeoutMs = 3_000
  /// While publishing fails the broker is asked again so often.
  public var probeEveryMs: Int64 = 1_000
  /// How many contacts' lists are held, and for how long after they were last asked for.
  public var contactsMax = 100_000
  /// Of how many contacts that are filtered it is held whose they are.
  public var filteredContactsMax = 10_000
  public var contactAgeMaxMs: Int64 = 3_600_000
  public var streamsMax = 10_000
  /// How far back lists are read at the start, over all partitions, so that contacts that moved here are answered.
  public var listsReadBackMax = 20_000
  /// How many bytes of lists of contacts that others serve are held.
  public var recentListsBytesMax = 64 << 20

  public init(partitions: Int, instance: String, secret: String) {
    self.partitions = partitions
    self.instance = instance
    self.secret = secret
  }
}

/// What every channel adapter is built on: it publishes what customers did, and knows the lists of the contacts that it
/// serves. `run` needs a thread of its own.
public final class ChannelAdapter: Sendable {
  public let checks: EventChecks
  public let ids: IdMint
  let settings: AdapterSettings
  let log: any MessageLog
  let store: ListStore
  /// Apart, so that crawlers can't crowd out customers.
  let filteredStore: ListStore
  let recent: RecentLists
  let report: AdapterReport
  let clock: @Sendable () -> Int64
  let standing = Mutex<Standing>(Standing())
  let isStopping = Atomic<Bool>(false)
  let publisher: EventPublisher

  struct Standing {
    var isReady = false
    /// The broker has been reached, and has told of the topics that events go to.
    var knowsTopics = false
    var detail = "not started"
    var shelf = CatalogShelf()
    var kinds = DeclaredKinds.none
  }

  package init(
    settings: AdapterSettings, log: any MessageLog, report: AdapterReport = AdapterReport(),
    clock: @escaping @Sendable () -> Int64
  ) {
    self.settings = settings
    self.log = log
    self.report = report
    self.clock = clock
    ids = IdMint(secret: settings.secret)
    checks = EventChecks(ids: ids, namespaces: settings.namespaces)
    store = ListStore(
      contactsMax: settings.contactsMax, ageMaxMs: settings.contactAgeMaxMs, streamsMax: settings.streamsMax)
    filteredStore = ListStore(
      contactsMax: settings.filteredContactsMax, ageMaxMs: settings.contactAgeMaxMs, streamsMax: 0)
    recent = RecentLists(bytesMax: settings.recentListsBytesMax)
    publisher = EventPublisher(
      log: log, name: "\(settings.instance).adapter", partitions: settings.partitions,
      timeoutMs: settings.publishTimeoutMs)
  }

  public var instance: String { settings.instance }
  public var nowMs: Int64 { clock() }

  /// Ready: lists of contacts that start from now on will be seen, and nothing is known against publishing.
  public var readiness: (ready: Bool, detail: String) {
    let reading = standing.withLock { ($0.isReady, $0.detail) }
    guard reading.0, let failure = publisher.failure else { return reading }
    return (false, "publishing fails: \(failure)")
  }

  // MARK: - Checking

  /// The event as it may be published here.
  ///
  /// - Parameters:
  ///   - source: who vouches for it; a client never chooses this itself.
  ///   - client: what the filter's rules are held against, beside the event's identifiers.
  public func check(
    _ event: IncomingEvent, source: String, channel: String? = nil, client: ClientSigns = ClientSigns()
  ) throws(Refusal) -> ChannelEvent {
    var checked = try checks.check(
      event, source: source, channel: channel, replyTo: instance, kinds: standing.withLock { $0.kinds }, nowMs: nowMs,
      newId: { Self.newId() })
    // What is done in a contact that is kept back is kept back, under whatever identifier.
    checked.filteredBy =
      settings.filter.rule(client: client, identifiers: checked.interaction.identifiers)
      ?? checked.interaction.contact.flatMap { store.knows($0) ? nil : filteredStore.filter(of: $0) }
    return checked
  }

  /// In small letters: the headers that `check` wants to see of a request.
  public var filterHeaders: Set<String> { settings.filter.headerNames }

  /// What that list of the contact showed; nil where it isn't known here, as with most lists of other instances.
  public func listed(_ list: String, contact: String) -> ListedItems? {
    adopt(contact)
    return ids.listing(list, contact: contact).flatMap { store.listed(contact, version: $0.version) }
  }

  // MARK: - Publishing

  /// Returns when the broker has acknowledged it; at once where the filter keeps it back.
  public func publish(_ event: ChannelEvent) async throws(AdapterError) {
    try await publish([event])
  }

  /// Appends all in order and returns when all are acknowledged. After an error some of them may have been taken; sending
  /// them again under the same ids is harmless. Those that the filter keeps back are counted and go nowhere. Unavailable
  /// until `run` has reached the broker for the first time.
  public func publish(_ events: [ChannelEvent]) async throws(AdapterError) {
    let wanted = events.filter { $0.filteredBy == nil }
    if !wanted.isEmpty {
      // Until then a publication would hold its thread, of which there are few, for as long as no broker answers.
      let (knowsTopics, detail) = standing.withLock { ($0.knowsTopics, $0.detail) }
      guard knowsTopics else { throw .unavailable(detail) }
      try await publisher.publish(wanted)
    }
    report.count("trias_adapter_published_total", wanted.count)
    guard wanted.count < events.count else { return }
    for (rule, filtered) in Dictionary(grouping: events, by: \.filteredBy) {
      if let rule { report.filtered(rule, filtered.count) }
    }
  }

  /// The contact that a start under this id opens: the same for the same event, however often it is sent and to whichever
  /// instance.
  public func contact(source: String, id: String, identifiers: [Identifier]) -> String {
    ids.contact(source: source, id: id, key: checks.strongestFirst(identifiers).first?.key ?? "")
  }

  /// Publishes a contact's start. Lists of it are kept from before it is sent; one that was started before, here or
  /// elsewhere, has its list at once. One that the filter keeps back has none but the fallback, and needs no broker.
  public func start(_ event: ChannelEvent) async throws(AdapterError) {
    guard let contact = event.interaction.contact else {
      throw .refused(Refusal(stage: "schema", field: "contact", reason: "is missing"))
    }
    guard event.filteredBy == nil else {
      filteredStore.watch(
        contact, identifiers: event.interaction.identifiers, channel: event.interaction.channel,
        filteredBy: event.filteredBy, nowMs: clock())
      try await publish(event)
      return
    }
    // Whether publishing works again is seen by publishing.
    let (isReading, detail) = standing.withLock { ($0.isReady, $0.detail) }
    guard isReading else { throw .unavailable(detail) }
    store.watch(
      contact, identifiers: event.interaction.identifiers, channel: event.interaction.channel, nowMs: clock())
    adopt(contact)
    try await publish(event)
  }

  // MARK: - Lists

  /// The contact's list with the highest version that has been seen here, wherever the contact was started. Like every list
  /// that is given out here it is without what the catalogue in force doesn't let be shown now, the rest closed up.
  public func list(of contact: String) -> NbaList? {
    adopt(contact)
    return store.list(of: contact, nowMs: clock())
  }

  /// Under which the contact was started here; empty where it was not.
  public func identifiers(of contact: String) -> [Identifier] {
    let identifiers = store.identifiers(of: contact)
    return identifiers.isEmpty ? filteredStore.identifiers(of: contact) : identifiers
  }

  /// In which the contact was started here; nil where it was not.
  public func channel(of contact: String) -> String? {
    store.channel(of: contact) ?? filteredStore.channel(of: contact)
  }

  /// From now on lists of a contact that was started elsewhere are kept here too.
  public func watch(_ contact: String) {
    store.watch(contact, nowMs: clock())
    adopt(contact)
  }

  /// The list once it is of that version or above; when the budget is used up, what there is.
  public func awaitList(_ contact: String, atLeast version: Int64 = 1, budgetMs: Int) async -> NbaList? {
    let id = store.nextId()
    let store = store
    var timer: Task<Void, Never>?
    defer { timer?.cancel() }
    let list = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        store.wait(for: contact, atLeast: version, id: id, continuation)
        // Cancelled before there was anybody to expire.
        if Task.isCancelled { store.expire(contact, waiter: id) }
        // Not before somebody waits: a time that is up by then would leave him waiting for ever.
        timer = Task {
          try? await Task.sleep(for: .milliseconds(budgetMs))
          store.expire(contact, waiter: id)
        }
      }
    } onCancel: {
      store.expire(contact, waiter: id)
    }
    return list.map { store.shown($0, nowMs: clock()) }
  }

  /// The contact's lists as they come, beginning with the one that is here; a slow reader gets the newest only. A list comes
  /// again, under its version, when something on it may not be shown any more, or again. nil where too many are open already.
  ///
  /// - Parameter fallbackChannel: until there is a list of its own, the catalogue's for that channel comes, empty where
  ///   there is none; nil: nothing comes before.
  /// - Parameter language: of that; nil: the catalogue's.
  public func lists(
    of contact: String, fallbackChannel: String? = nil, language: Language? = nil
  ) -> AsyncStream<NbaList>? {
    adopt(contact)
    let fallback = fallbackChannel.map { channel -> ListStore.Fallback in
      { [ids] showing, nowMs in
        FallbackLists(showing: showing).current(
          contact: contact, channel: channel, placement: nil, language: language, nowMs: nowMs, ids: ids)
      }
    }
    return store.stream(of: contact, fallback: fallback, nowMs: clock())
  }

  /// The catalogue's list for when the suite is away, in the catalogue's language where no other is asked for.
  public func fallbackList(
    contact: String, channel: String, placement: String? = nil, language: Language? = nil
  ) -> NbaList? {
    FallbackLists(showing: store.showing).list(
      contact: contact, channel: channel, placement: placement, language: language, nowMs: clock(), ids: ids)
  }

  public var catalogVersion: String? { store.showing?.catalog.version }

  // MARK: - Life

  /// Asks `run` to return. Any number of times, from any thread.
  public func stop() {
    isStopping.store(true, ordering: .relaxed)
  }

  /// Ends all streams of lists, the first step of a shutdown.
  public func finishStreams() { store.finishStreams() }

  /// Waits for what is on its way to the broker; nothing can be published afterwards.
  public func close() {
    stop()
    store.close()
    publisher.close()
  }

  /// A new id that nobody can guess, for events that came without one.
  public static func newId() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    let tail = (0..<26).map { _ in digits[Int.random(in: 0..<32, using: &random)] }
    return String(decoding: tail, as: UTF8.self)
  }
}
