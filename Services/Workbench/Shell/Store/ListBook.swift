// The lists by contact: the one that counts and the one before it, from which a screen tells what moved.

import Contracts

struct ListBook: Sendable {
  struct Entry: Sendable {
    var profile: String
    var head: Head
    var list: [UInt8]
    var previous: [UInt8]?
    /// From the event that brought it about until it was on the log, where both are known.
    var latencyMs: Int64?
  }

  /// What must be known of a list to keep it.
  struct Head: Sendable, Equatable {
    var id = ""
    var contact = ""
    var version: Int64 = 0
    var cause: String?
  }

  private var byContact: LruTable<String, Entry>
  /// The contacts that a profile had lists for, latest last, and when that last changed.
  private var byProfile: LruTable<String, (contacts: [String], revision: Int64)>
  private static let contactsPerProfileMax = 6

  init(countMax: Int, bytesMax: Int) {
    byContact = LruTable(countMax: countMax, costMax: bytesMax)
    byProfile = LruTable(countMax: countMax)
  }

  var count: Int { byContact.count }

  subscript(contact: String) -> Entry? { byContact[contact] }

  func contacts(of profile: String) -> [String] { byProfile[profile]?.contacts ?? [] }

  func revision(of profile: String) -> Int64 { byProfile[profile]?.revision ?? 0 }

  /// Of a contact's lists the highest version counts: false where this one is not it.
  mutating func put(_ profile: String, _ head: Head, _ list: [UInt8], revision: Int64) -> Bool {
    let old = byContact[head.contact]
    if let old, old.head.version >= head.version { return false }
    let entry = Entry(profile: profile, head: head, list: list, previous: old?.list)
    byContact.put(head.contact, entry, cost: list.count + (old?.list.count ?? 0))
    var contacts = byProfile[profile]?.contacts ?? []
    contacts.removeAll { $0 == head.contact }
    contacts.append(head.contact)
    if contacts.count > Self.contactsPerProfileMax { contacts.removeFirst() }
    byProfile.put(profile, (contacts, revision))
    return true
  }

  /// The latency is known only once both records were read, in whichever order.
  mutating func setLatency(_ ms: Int64, contact: String, list: String, revision: Int64) {
    guard var entry = byContact[contact], entry.head.id == list else { return }
    entry.latencyMs = ms
    byContact.put(contact, entry, cost: entry.list.count + (entry.previous?.count ?? 0))
    byProfile.put(entry.profile, (contacts(of: entry.profile), revision))
  }

  static func head(of list: [UInt8]) throws(JSONError) -> Head {
    try JSONReader.read(list) { reader throws(JSONError) in
      var head = Head()
      try reader.object { reader, key throws(JSONError) in
        if key == "id" {
          head.id = try reader.string()
        } else if key == "contact" {
          head.contact = try reader.string()
        } else if key == "version" {
          head.version = try reader.int()
        } else if key == "cause" {
          head.cause = try reader.null() ? nil : try reader.string()
        } else {
          try reader.skip()
        }
      }
      return head
    }
  }
}
