// What tells a browser that the file it has is still the one we serve.

import Contracts

enum AssetTags {
  /// Made once: the files are part of the executable.
  static let tags: [String: String] = Assets.all.mapValues { bytes in
    "\"\(SHA256.hexadecimal(SHA256.hash(bytes).prefix(8)))\""
  }
}
