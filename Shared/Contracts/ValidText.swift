// Bytes of headers and keys as text: fast for what nearly always comes, which is ASCII.

extension String {
  /// nil where the bytes are no UTF-8. The standard library's validating initializer is generic over encodings, and costs
  /// ten times what the text does.
  package init?(validUTF8 bytes: UnsafeBufferPointer<UInt8>) {
    guard ByteScan.isUTF8(bytes) else { return nil }
    self.init(decoding: bytes, as: UTF8.self)
  }
}
