import Contracts

// What a field may say that only the file can judge.
extension Section {
  /// Channels are declared in the file alone, so only here can one be missed.
  func channel(_ name: String, among channels: [String]) -> String {
    let channel = text(name)
    if !channel.isEmpty, !channels.contains(channel) {
      fail(name, "there is no channel \(channel)\(Suggestion.text(for: channel, among: channels))")
    }
    return channel
  }

  /// A day, which begins at midnight UTC, or a time.
  func date(_ name: String) -> Int64? {
    guard let text = optionalText(name), !text.isEmpty else { return nil }
    let time = text.utf8.count == 10 ? "\(text)T00:00:00Z" : text
    guard let ms = Timestamps.milliseconds(time) else {
      fail(name, "\(text) is no date: 2026-03-31, or with its time 2026-03-31T09:00:00Z")
      return nil
    }
    return ms
  }
}
