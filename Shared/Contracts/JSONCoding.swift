// JSON by Codable, for everything that is not on the hot path: deterministic bytes out, refusals that name the field in.

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

public enum JSONCoding {
  /// The same value always gives the same bytes. Contract types hold nothing that JSON can't say, so a failure here is a
  /// broken invariant.
  public static func encode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value))
    } catch {
      preconditionFailure("\(type(of: value)) can't be said in JSON: \(error)")
    }
  }

  public static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(Refusal) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw refusal(error)
    } catch {
      throw Refusal(stage: "schema", reason: "is not JSON: \(error)")
    }
  }

  private static func refusal(_ error: DecodingError) -> Refusal {
    switch error {
    case .typeMismatch(let expected, let context):
      Refusal(stage: "schema", field: path(context.codingPath), reason: "is not a \(expected)")
    case .valueNotFound(_, let context):
      Refusal(stage: "schema", field: path(context.codingPath), reason: "is null")
    case .keyNotFound(let key, let context):
      Refusal(stage: "schema", field: path(context.codingPath + [key]), reason: "is missing")
    case .dataCorrupted(let context):
      Refusal(stage: "schema", field: path(context.codingPath), reason: "can't be read: \(context.debugDescription)")
    @unknown default:
      Refusal(stage: "schema", reason: "can't be read")
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String? {
    var path = ""
    for key in keys {
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return path.isEmpty ? nil : path
  }
}
