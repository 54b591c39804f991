import Synchronization

/// The last list of each contact that other instances serve, as its bytes: so that a contact which moves here is answered
/// at once. Bounded by bytes; the list that came longest ago goes first.
final class RecentLists: Sendable {
  private struct State {
    var lists: [String: (bytes: [UInt8], stamp: UInt64)] = [:]
    /// Contacts in the order their lists came. Older mentions of a contact are stale and skipped.
    var order: [(contact: String, stamp: UInt64)] = []
    var orderStart = 0
    var counter: UInt64 = 0
    var bytes = 0
  }

  private let state = Mutex(State())
  private let bytesMax: Int

  init(bytesMax: Int) { self.bytesMax = bytesMax }

  func knows(_ contact: String) -> Bool { state.withLock { $0.lists[contact] != nil } }

  func put(_ contact: String, _ list: [UInt8]) {
    state.withLock { state in
      state.counter += 1
      let before = state.lists.updateValue((list, state.counter), forKey: contact)
      state.bytes += list.count - (before?.bytes.count ?? 0)
      state.order.append((contact, state.counter))
      while state.bytes > bytesMax || state.order.count - state.orderStart > 2 * state.lists.count + 1_024 {
        let (oldest, stamp) = state.order[state.orderStart]
        state.orderStart += 1
        if let held = state.lists[oldest], held.stamp == stamp {
          // Too many mentions and not too many bytes: the list stays, at its place in the order.
          if state.bytes <= bytesMax { state.order.append((oldest, stamp)) } else { Self.remove(oldest, &state) }
        }
      }
      if state.orderStart > 1_024, state.orderStart > state.order.count / 2 {
        state.order.removeFirst(state.orderStart)
        state.orderStart = 0
      }
    }
  }

  /// Gives it away: from then on the contact is followed here.
  func take(_ contact: String) -> [UInt8]? {
    state.withLock { Self.remove(contact, &$0) }
  }

  @discardableResult
  private static func remove(_ contact: String, _ state: inout State) -> [UInt8]? {
    guard let removed = state.lists.removeValue(forKey: contact) else { return nil }
    state.bytes -= removed.bytes.count
    return removed.bytes
  }
}
