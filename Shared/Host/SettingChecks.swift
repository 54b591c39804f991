// What settings take that are texts of a certain form. Each check says what is wrong, or nothing.

import Foundation

enum SettingChecks {
  /// Brokers as librdkafka takes them: `[protocol://]host:port`, separated by commas.
  static func brokers(_ text: String) -> String? {
    let entries = text.split(separator: ",", omittingEmptySubsequences: false)
      .map { $0.trimmingCharacters(in: .whitespaces) }
    let wrong = entries.first { entry in
      guard let colon = entry.lastIndex(of: ":"), let port = Int(entry[entry.index(after: colon)...]) else {
        return true
      }
      let host = entry[..<colon].split(separator: "://", maxSplits: 1).last.map(String.init) ?? ""
      return !(1...65535).contains(port) || Self.host(host) != nil
    }
    return wrong.map { "takes brokers as host:port, separated by commas, not \"\($0)\"" }
  }

  /// An address or a name; whether there is such a host only its use can tell.
  static func host(_ text: String) -> String? {
    let isOne = text.wholeMatch(of: /[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?\]?/) != nil
    return isOne ? nil : "takes the name or the address of a host, not \"\(text)\""
  }

  /// The beginning of Kafka's names.
  static func topicPrefix(_ text: String) -> String? {
    text.wholeMatch(of: /[A-Za-z0-9._-]{0,100}/) != nil
      ? nil : "takes at most 100 letters, digits, dots, hyphens and underscores, not \"\(text)\""
  }

  static func notEmpty(_ text: String) -> String? {
    text.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty ? "takes a text that is not empty" : nil
  }
}

extension Setting {
  /// A path of this server, an address on the web, or nothing.
  package static func webAddressMistake(_ text: String) -> String? {
    let isOne = text.wholeMatch(of: /(https?:\/\/[^\s\/"'<>]+)?(\/[^\s"'<>]*)?/) != nil && !text.hasPrefix("//")
    return isOne ? nil : "takes a path like /shop or an address like https://shop.example, not \"\(text)\""
  }

  /// Where pages come from, as browsers say it: scheme and host, without a path; `*` for all.
  package static func originMistake(_ text: String) -> String? {
    let isOne = text == "*" || text.wholeMatch(of: /https?:\/\/[A-Za-z0-9._\-\[\]:]+/) != nil
    return isOne ? nil : "takes origins like https://shop.example, without a path, not \"\(text)\""
  }
}
