// Where something is shown, by number.

extension CompiledCatalog {
  /// Channel and placement by number, so that going through a thousand propositions compares no texts.
  struct Place: Sendable {
    fileprivate let channel: Int
    /// nil: anywhere in the channel.
    fileprivate let placement: Int?

    enum Shown { case something, elsewhere, nothing }

    /// What is shown there of what has treatments for these places.
    func shows(_ places: [Place]) -> Shown {
      var shown = Shown.nothing
      for place in places where place.channel == channel {
        if place.placement == nil || place.placement == placement { return .something }
        shown = .elsewhere
      }
      return shown
    }
  }

  struct PlaceNames: Sendable {
    private var numbers: [String: Int] = [:]

    /// One that no treatment has is no treatment's.
    private static let unknown = -1

    mutating func add(_ channel: String, _ placement: String?) -> Place {
      Place(channel: number(channel), placement: placement.map { number($0) })
    }

    func place(_ channel: String, _ placement: String?) -> Place {
      Place(
        channel: numbers[channel] ?? Self.unknown, placement: placement.map { numbers[$0] ?? Self.unknown })
    }

    private mutating func number(_ name: String) -> Int {
      let number = numbers[name] ?? numbers.count
      numbers[name] = number
      return number
    }
  }
}
