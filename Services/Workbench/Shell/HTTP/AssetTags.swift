// What tells a browser that the file it has is still the one we serve.

import Contracts

enum AssetTags {
  /// Made once: the files are part of the executable.
  static let tags: [String: String] = Assets.all.mapValues { bytes in
    let digest = SHA256.hash(bytes).prefix(8).map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    return "\"\(digest.joined())\""
  }
}
