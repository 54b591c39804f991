import Foundation

/// Reads a table from a file, plain or compressed with gzip, row by row: separated by a character, with quotes where a
/// field needs them (RFC 4180), or by white space. The first row names the columns.
package final class TableReader {
  package enum Separator: Sendable, Equatable {
    case character(UInt8)
    case whitespace
  }

  private let bytes: ByteSource
  private let separator: Separator
  private(set) var columns: [String: Int] = [:]

  /// A field longer than that is a file that isn't a table.
  static let fieldBytesMax = 1_000_000

  package init(path: String, separator: Separator) throws {
    bytes = try ByteSource(path: path)
    self.separator = separator
    let names = try fields() ?? []
    for (index, name) in names.enumerated() where columns[name] == nil { columns[name] = index }
  }

  package func next() throws -> Row? {
    guard let fields = try fields() else { return nil }
    return Row(columns: columns, fields: fields)
  }

  /// The fields of the next row that isn't empty; nil at the end.
  private func fields() throws -> [String]? {
    while true {
      let row = separator == .whitespace ? try words() : try separated()
      guard let row else { return nil }
      if row.count > 1 || row.first?.isEmpty == false { return row }
    }
  }

  private func words() throws -> [String]? {
    guard var byte = try bytes.next() else { return nil }
    var words: [String] = []
    var word: [UInt8] = []
    while true {
      if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") || byte == newline {
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        word.removeAll(keepingCapacity: true)
        if byte == newline { return words }
      } else {
        try grow(&word, byte)
      }
      guard let following = try bytes.next() else {
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
      }
      byte = following
    }
  }

  private func separated() throws -> [String]? {
    guard case .character(let comma) = separator, var byte = try bytes.next() else { return nil }
    var fields: [String] = []
    var field: [UInt8] = []
    var isQuoted = false
    func end() {
      fields.append(String(decoding: field, as: UTF8.self))
      field.removeAll(keepingCapacity: true)
    }
    while true {
      if isQuoted {
        if byte == quote {
          guard try bytes.peek() == quote else {
            isQuoted = false
            guard let following = try bytes.next() else {
              end()
              return fields
            }
            byte = following
            continue
          }
          _ = try bytes.next()
        }
        try grow(&field, byte)
      } else if byte == quote, field.isEmpty {
        isQuoted = true
      } else if byte == comma {
        end()
      } else if byte == newline {
        if field.last == UInt8(ascii: "\r") { field.removeLast() }
        end()
        return fields
      } else {
        try grow(&field, byte)
      }
      guard let following = try bytes.next() else {
        end()
        return fields
      }
      byte = following
    }
  }

  private func grow(_ field: inout [UInt8], _ byte: UInt8) throws {
    guard field.count < Self.fieldBytesMax else { throw ReplayError("\(bytes.path) has a field of over 1 MB") }
    field.append(byte)
  }

  private let newline = UInt8(ascii: "\n")
  private let quote = UInt8(ascii: "\"")
}

/// A file's bytes; those of a compressed one by way of gzip.
private final class ByteSource {
  let path: String
  private let handle: FileHandle
  private let gzip: (process: Process, complaints: Pipe)?
  private var chunk: [UInt8] = []
  private var at = 0

  private static let chunkBytes = 262_144

  init(path: String) throws {
    self.path = path
    guard let file = FileHandle(forReadingAtPath: path) else { throw ReplayError("\(path) can't be read") }
    let start = try file.read(upToCount: 2) ?? Data()
    guard start.elementsEqual([0x1f, 0x8b]) else {
      try file.seek(toOffset: 0)
      handle = file
      gzip = nil
      return
    }
    try file.close()
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["gzip", "-dc", "--", path]
    process.standardOutput = pipe
    let complaints = Pipe()
    process.standardError = complaints
    try process.run()
    handle = pipe.fileHandleForReading
    gzip = (process, complaints)
  }

  deinit {
    try? handle.close()
    guard let gzip = gzip?.process else { return }
    if gzip.isRunning { gzip.terminate() }
    // Foundation keeps a process until somebody has waited for its end.
    gzip.waitUntilExit()
  }

  func peek() throws -> UInt8? {
    guard at < chunk.count else {
      try fill()
      return chunk.first
    }
    return chunk[at]
  }

  func next() throws -> UInt8? {
    if at >= chunk.count { try fill() }
    guard at < chunk.count else { return nil }
    at += 1
    return chunk[at - 1]
  }

  private func fill() throws {
    chunk = Array(try handle.read(upToCount: Self.chunkBytes) ?? Data())
    at = 0
    if chunk.isEmpty, let gzip {
      gzip.process.waitUntilExit()
      guard gzip.process.terminationStatus != 0 else { return }
      let said = String(decoding: gzip.complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      let why = said.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) }
      throw ReplayError("\(path) can't be unpacked\(why.map { ": \($0)" } ?? "")")
    }
  }
}

/// Why a replay can't be.
package struct ReplayError: Error, Sendable, Equatable, CustomStringConvertible {
  package var description: String

  package init(_ description: String) { self.description = description }
}
