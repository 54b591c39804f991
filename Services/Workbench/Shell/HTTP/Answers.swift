// How this service reads requests and writes answers.

import Contracts
import Foundation
import HTTPTypes
import Host
import Hummingbird
import NIOCore

enum Answers {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    return try encoder.encode(value)
  }

  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
    Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encode(value))))
  }

  static func redirect(_ location: String) -> Response {
    Response(status: .seeOther, headers: [.location: location, .cacheControl: "no-store"])
  }
}

extension Request {
  /// The value of a query parameter; absent and empty are the same.
  func query(_ name: String) -> String? {
    guard let value = uri.queryParameters[Substring(name)], !value.isEmpty else { return nil }
    return String(value)
  }

  /// `?identifier=namespace:value`, checked against what a deployment takes.
  func identifier(_ namespaces: Namespaces) throws(Problem) -> Identifier {
    guard let text = query("identifier") else { throw .invalid("identifier", "takes namespace:value") }
    return try Identifier.checked(text, namespaces)
  }

  /// `?language=nl`; nil: it isn't said.
  func language() throws(Problem) -> Language? {
    guard let text = query("language") else { return nil }
    guard let language = Language(rawValue: text) else {
      throw .invalid("language", "takes \(Language.allCases.map(\.rawValue).joined(separator: " or "))")
    }
    return language
  }

  /// A JSON body. Only with JSON's content type: a form of another site can't send that without asking first.
  func json<Value: Decodable & Sendable>(_: Value.Type, bytesMax: Int = 65_536) async throws -> Value {
    guard headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
      throw Problem(415, "media-type", "Not JSON", detail: "send application/json", field: "Content-Type")
    }
    let bytes = Data(try await body.collect(upTo: bytesMax).readableBytesView)
    do {
      return try JSONDecoder().decode(Value.self, from: bytes)
    } catch let error as DecodingError {
      throw error.problem(of: bytes)
    }
  }
}

extension Identifier {
  static func checked(
    _ text: String, _ namespaces: Namespaces, field: String = "identifier"
  ) throws(Problem) -> Identifier {
    guard let identifier = Identifier(key: text), !identifier.value.isEmpty else {
      throw .invalid(field, "takes namespace:value, such as customer:4711")
    }
    guard namespaces[identifier.namespace] != nil else {
      let known = namespaces.all.map(\.name).joined(separator: ", ")
      throw .invalid(field, "there is no namespace \(identifier.namespace); there are \(known)")
    }
    guard identifier.value.utf8.count <= Identifier.valueBytesMax else {
      throw .invalid(field, "takes a value of at most \(Identifier.valueBytesMax) bytes")
    }
    return identifier
  }
}

extension RawRepresentable<String> where Self: CaseIterable {
  /// What a field names. Refused with all that it may name.
  static func named(_ text: String, field: String) throws(Problem) -> Self {
    if let one = Self(rawValue: text) { return one }
    let names = allCases.map(\.rawValue)
    let hint = Suggestion.text(for: text, among: names)
    throw .invalid(field, "takes one of \(names.joined(separator: ", ")), not \"\(text.prefix(40))\"\(hint)")
  }
}

extension DecodingError {
  fileprivate func problem(of bytes: Data) -> Problem {
    func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String? {
      let keys = (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue)
      return keys.isEmpty ? nil : keys.joined(separator: ".")
    }
    switch self {
    case .keyNotFound(let key, let context): return .invalid(path(context, key) ?? key.stringValue, "is missing")
    case .valueNotFound(_, let context): return .invalid(path(context) ?? "", "is null")
    case .typeMismatch(let type, let context): return .invalid(path(context) ?? "", "takes \(Self.word(type))")
    case .dataCorrupted(let context):
      // Where it is JSON, it is a number that none of our types holds; of which field, the decoder doesn't say.
      let isJSON = (try? JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed)) != nil
      guard isJSON else { return .malformed("the body is not JSON") }
      return .invalid(path(context) ?? "", "takes a whole number of at most 64 bits")
    @unknown default: return .malformed("the body can't be read")
    }
  }

  /// What JSON calls it.
  private static func word(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a text"
    case is Bool.Type: "true or false"
    case is any FixedWidthInteger.Type: "a whole number"
    case is any BinaryFloatingPoint.Type: "a number"
    case is [Any].Type: "a list"
    default: "an object"
    }
  }
}
