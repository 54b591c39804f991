import Contracts
import Synchronization

/// The lists of the contacts that this instance has to do with: of each the highest version, for as long as there is
/// room. They are held as they were decided, and handed out without what may not be shown now. Who waits for a list is
/// told by the reader's thread; nothing here blocks.
final class ListStore: Sendable {
  /// What a contact is shown while it has no list of its own.
  typealias Fallback = @Sendable (_ showing: Showing?, _ nowMs: Int64) -> NbaList

  /// An open stream of one contact's lists.
  struct Listener {
    let id: UInt64
    let continuation: AsyncStream<NbaList>.Continuation
    let fallback: Fallback?
    /// What he was told last.
    var told: NbaList?

    /// True where that says something else than what he was told: another list, or other parts of the same.
    mutating func hears(_ list: NbaList) -> Bool {
      let isNews = told.map { $0.version != list.version || $0.items != list.items } ?? true
      told = list
      return isNews
    }
  }

  struct Entry {
    var list: NbaList?
    /// What this and the lists before it showed, newest last: a customer may answer what he saw a moment ago.
    var listed: [ListedItems] = []
    var identifiers: [Identifier]
    /// In which it began; nil: not here.
    var channel: String?
    /// The rule that keeps it back.
    var filteredBy: String?
    var touchedMs: Int64
    var stamp: UInt64
    var waiters: [(id: UInt64, version: Int64, resume: CheckedContinuation<NbaList?, Never>)] = []
    var streams: [Listener] = []

    /// As much of its list as may be shown now.
    func shown(by showing: Showing?, _ nowMs: Int64) -> NbaList? {
      guard let list else { return nil }
      return showing?.shown(list, nowMs: nowMs) ?? list
    }
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// Contacts in the order they were touched. Older mentions of a contact are stale and skipped.
    var order: [(contact: String, stamp: UInt64)] = []
    var orderStart = 0
    var counter: UInt64 = 0
    var streamCount = 0
    /// nil: no catalogue is known here yet, so everything is shown.
    var showing: Showing?
    /// How far its validities had come when the streams were last told.
    var turnsTold = 0
    var isClosed = false
    var streamsAreOver = false
  }

  private let state = Mutex(State())
  /// Who takes a list tells it before another does. Nobody is resumed under the lock of the state: who is being cancelled
  /// holds his task's own while he leaves, and a resumption waits for that.
  private let telling = Mutex(())
  private let contactsMax: Int
  private let ageMaxMs: Int64
  private let streamsMax: Int
  private let streamsPerContactMax = 8
  private let listedMax = 8
  private let toldAtOnceMax = 256

  init(contactsMax: Int, ageMaxMs: Int64, streamsMax: Int) {
    self.contactsMax = contactsMax
    self.ageMaxMs = ageMaxMs
    self.streamsMax = streamsMax
  }

  var count: Int { state.withLock { $0.entries.count } }

  func knows(_ contact: String) -> Bool { state.withLock { $0.entries[contact] != nil } }

  /// Without what may not be shown now.
  func list(of contact: String, nowMs: Int64) -> NbaList? {
    state.withLock { state in state.entries[contact]?.shown(by: state.showing, nowMs) }
  }

  /// As much of the list as may be shown now.
  func shown(_ list: NbaList, nowMs: Int64) -> NbaList {
    showing?.shown(list, nowMs: nowMs) ?? list
  }

  var showing: Showing? { state.withLock { $0.showing } }

  func listed(_ contact: String, version: Int64) -> ListedItems? {
    state.withLock { state in state.entries[contact]?.listed.first { $0.version == version } }
  }

  func identifiers(of contact: String) -> [Identifier] { state.withLock { $0.entries[contact]?.identifiers ?? [] } }

  func channel(of contact: String) -> String? { state.withLock { $0.entries[contact]?.channel } }

  func filter(of contact: String) -> String? { state.withLock { $0.entries[contact]?.filteredBy } }

  /// From now on lists of this contact are kept.
  func watch(
    _ contact: String, identifiers: [Identifier] = [], channel: String? = nil, filteredBy: String? = nil, nowMs: Int64
  ) {
    state.withLock { state in
      touch(contact, &state, nowMs)
      if !identifiers.isEmpty { state.entries[contact]?.identifiers = identifiers }
      if let channel { state.entries[contact]?.channel = channel }
      if let filteredBy { state.entries[contact]?.filteredBy = filteredBy }
      evict(&state, nowMs)
    }
  }

  /// Takes a list of a contact that is watched; a lower version than the one that is here is ignored.
  func take(_ list: NbaList, nowMs: Int64) -> Bool {
    telling.withLock { _ in tell(list, nowMs) }
  }

  private func tell(_ list: NbaList, _ nowMs: Int64) -> Bool {
    let told = state.withLock { state -> ([CheckedContinuation<NbaList?, Never>], [News])? in
      guard let entry = state.entries[list.contact] else { return nil }
      remember(list, &state)
      if let held = entry.list, held.version >= list.version { return ([], []) }
      touch(list.contact, &state, nowMs)
      state.entries[list.contact]?.list = list
      state.entries[list.contact]?.waiters.removeAll { $0.version <= list.version }
      let waiters = entry.waiters.filter { $0.version <= list.version }.map(\.resume)
      return (waiters, news(of: list.contact, &state, nowMs))
    }
    for waiter in told?.0 ?? [] { waiter.resume(returning: list) }
    for news in told?.1 ?? [] { news.continuation.yield(news.list) }
    return told != nil
  }

  // MARK: - What may be shown

  /// Another catalogue is in force. Who listens and has something before him that it does not let be shown is told at once.
  func show(by catalog: Catalog, nowMs: Int64) {
    let showing = Showing(catalog)
    telling.withLock { _ in
      state.withLock { $0.showing = showing }
      tellAll(nowMs)
    }
  }

  /// To be called again and again: where something has begun or ceased to be valid, who listens is told.
  func tellTurns(nowMs: Int64) {
    let isTurn = state.withLock { state in
      state.showing.map { $0.turnsPassed(nowMs: nowMs) != state.turnsTold } ?? false
    }
    if isTurn { telling.withLock { _ in tellAll(nowMs) } }
  }

  private typealias News = (continuation: AsyncStream<NbaList>.Continuation, list: NbaList)

  /// Lets others have the lock between some and the next.
  private func tellAll(_ nowMs: Int64) {
    let listened = state.withLock { state in
      state.turnsTold = state.showing?.turnsPassed(nowMs: nowMs) ?? 0
      return state.entries.filter { !$0.value.streams.isEmpty }.map(\.key)
    }
    for start in stride(from: 0, to: listened.count, by: toldAtOnceMax) {
      let all = state.withLock { state in
        listened[start..<min(start + toldAtOnceMax, listened.count)].flatMap { news(of: $0, &state, nowMs) }
      }
      for news in all { news.continuation.yield(news.list) }
    }
  }

  /// What those who listen to the contact have not been told.
  private func news(of contact: String, _ state: inout State, _ nowMs: Int64) -> [News] {
    guard let entry = state.entries[contact], !entry.streams.isEmpty else { return [] }
    let list = entry.shown(by: state.showing, nowMs)
    var all: [News] = []
    for index in entry.streams.indices {
      guard let list = list ?? entry.streams[index].fallback?(state.showing, nowMs),
        state.entries[contact]?.streams[index].hears(list) == true
      else { continue }
      all.append((entry.streams[index].continuation, list))
    }
    return all
  }

  private func remember(_ list: NbaList, _ state: inout State) {
    guard var listed = state.entries[list.contact]?.listed, !listed.contains(where: { $0.version == list.version })
    else { return }
    listed.append(ListedItems(list))
    listed.sort { $0.version < $1.version }
    state.entries[list.contact]?.listed = listed.suffix(listedMax)
  }

  // MARK: - Who waits

  /// Resumes with the list as it was decided once there is one of that version or above, and with what there is when `expire` is called.
  func wait(
    for contact: String, atLeast version: Int64, id: UInt64, _ continuation: CheckedContinuation<NbaList?, Never>
  ) {
    let answer: NbaList?? = state.withLock { state in
      guard let entry = state.entries[contact], !state.isClosed else { return .some(nil) }
      if let list = entry.list, list.version >= version { return .some(list) }
      state.entries[contact]?.waiters.append((id, version, continuation))
      return nil
    }
    if let answer { continuation.resume(returning: answer) }
  }

  func expire(_ contact: String, waiter id: UInt64) {
    let found = state.withLock { state -> (CheckedContinuation<NbaList?, Never>, NbaList?)? in
      guard let index = state.entries[contact]?.waiters.firstIndex(where: { $0.id == id }) else { return nil }
      let waiter = state.entries[contact]?.waiters.remove(at: index)
      return waiter.map { ($0.resume, state.entries[contact]?.list) }
    }
    found?.0.resume(returning: found?.1)
  }

  func nextId() -> UInt64 {
    state.withLock { state in
      state.counter += 1
      return state.counter
    }
  }

  /// The contact's lists from now on, beginning with the one that is here, else with the fallback where one is given. A
  /// slow reader gets the newest only. Of one contact the stream that was opened first makes room: whoever has it may be long gone, which nobody hears of before
  /// the next words to him are lost. nil where too many are open in all.
  func stream(of contact: String, fallback: Fallback?, nowMs: Int64) -> AsyncStream<NbaList>? {
    let (stream, oldest) = open(contact, fallback, nowMs)
    oldest?.finish()
    return stream
  }

  private func open(
    _ contact: String, _ fallback: Fallback?, _ nowMs: Int64
  ) -> (AsyncStream<NbaList>?, oldest: AsyncStream<NbaList>.Continuation?) {
    state.withLock { state in
      guard !state.isClosed, !state.streamsAreOver, state.streamCount < streamsMax else { return (nil, nil) }
      touch(contact, &state, nowMs)
      guard let entry = state.entries[contact] else { return (nil, nil) }
      let (stream, continuation) = AsyncStream.makeStream(of: NbaList.self, bufferingPolicy: .bufferingNewest(1))
      state.counter += 1
      let id = state.counter
      let first = entry.shown(by: state.showing, nowMs) ?? fallback?(state.showing, nowMs)
      state.entries[contact]?.streams.append(
        Listener(id: id, continuation: continuation, fallback: fallback, told: first))
      state.streamCount += 1
      // Runs when the reader goes away, on his thread and never inside this lock.
      continuation.onTermination = { [weak self] _ in self?.leave(contact, id) }
      if let first { continuation.yield(first) }
      return (stream, entry.streams.count < streamsPerContactMax ? nil : entry.streams.first?.continuation)
    }
  }

  private func leave(_ contact: String, _ id: UInt64) {
    state.withLock { state in
      guard let index = state.entries[contact]?.streams.firstIndex(where: { $0.id == id }) else { return }
      state.entries[contact]?.streams.remove(at: index)
      state.streamCount -= 1
    }
  }

  /// Whoever listens is let go, so that a server can end its connections; lists are still taken.
  func finishStreams() {
    let open = state.withLock { state in
      let open = state.entries.values.flatMap { $0.streams.map(\.continuation) }
      state.streamsAreOver = true
      return open
    }
    for stream in open { stream.finish() }
  }

  /// Nobody waits any longer: the process stops.
  func close() {
    let open = state.withLock { state in
      state.isClosed = true
      let open = state.entries.values.map { ($0.waiters.map(\.resume), $0.streams.map(\.continuation)) }
      state.entries = [:]
      state.streamCount = 0
      return open
    }
    for (waiters, streams) in open {
      for waiter in waiters { waiter.resume(returning: nil) }
      for stream in streams { stream.finish() }
    }
  }

  // MARK: - Room

  private func touch(_ contact: String, _ state: inout State, _ nowMs: Int64) {
    state.counter += 1
    if state.entries[contact] == nil {
      state.entries[contact] = Entry(list: nil, identifiers: [], touchedMs: nowMs, stamp: state.counter)
    } else {
      state.entries[contact]?.touchedMs = nowMs
      state.entries[contact]?.stamp = state.counter
    }
    state.order.append((contact, state.counter))
    // Of one that is touched again and again only the last mention counts.
    guard state.order.count - state.orderStart > 2 * state.entries.count + 1_024 else { return }
    state.order = state.order[state.orderStart...].filter { state.entries[$0.contact]?.stamp == $0.stamp }
    state.orderStart = 0
  }

  /// Forgets the contacts touched longest ago while there are too many or they are too old. One that somebody listens
  /// to or waits for stays.
  private func evict(_ state: inout State, _ nowMs: Int64) {
    while state.orderStart < state.order.count {
      let (contact, stamp) = state.order[state.orderStart]
      if let entry = state.entries[contact], entry.stamp == stamp {
        let isOld = entry.touchedMs < nowMs - ageMaxMs
        guard isOld || state.entries.count > contactsMax else { break }
        if entry.waiters.isEmpty, entry.streams.isEmpty {
          state.entries[contact] = nil
        } else {
          touch(contact, &state, nowMs)
          state.orderStart += 1
          break
        }
      }
      state.orderStart += 1
    }
    if state.orderStart > 1_024, state.orderStart > state.order.count / 2 {
      state.order.removeFirst(state.orderStart)
      state.orderStart = 0
    }
  }
}
