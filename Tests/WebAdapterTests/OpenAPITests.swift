import Contracts
import Foundation
import Host
import Testing

@testable import WebAdapter

/// The description that is served is the API that is served.
struct OpenAPITests {
  func document(_ world: World) async throws -> [String: Any] {
    let answer = try await world.send("GET", "/openapi.json")
    #expect(answer.status == 200)
    #expect(answer.headers["content-type"] == "application/json")
    return try answer.json
  }

  /// The response's schema for what was asked; nil where the status isn't described.
  func schema(_ document: [String: Any], _ method: String, _ path: String, _ status: Int) -> [String: Any]? {
    let check = SchemaCheck(document: document)
    let paths = document["paths"] as? [String: [String: Any]] ?? [:]
    let operation = paths[path]?[method] as? [String: Any]
    guard var response = (operation?["responses"] as? [String: [String: Any]])?["\(status)"] else { return nil }
    if let reference = response["$ref"] as? String { response = check.resolve(reference) }
    let content = response["content"] as? [String: [String: Any]]
    return content?.values.first?["schema"] as? [String: Any]
  }

  @Test func everyRouteIsDescribedAndEveryDescriptionIsServed() async throws {
    let router = HTTPRouter()
    let context = try World.bareRoutes(on: router)
    defer { context() }
    let served = router.routes.filter { $0.method != .options && !$0.path.description.hasPrefix("/shop") }.map {
      let path = $0.path.description.split(separator: "/").map {
        $0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0.hasPrefix("{") ? String($0) : String($0)
      }
      return "\($0.method.rawValue.lowercased()) /\(path.joined(separator: "/"))"
    }
    let world = try await World(scores: false)
    let paths = try #require(try await document(world)["paths"] as? [String: [String: Any]])
    let described = paths.flatMap { path, item in
      item.keys.filter { ["get", "post", "put", "delete", "patch"].contains($0) }.map { "\($0) \(path)" }
    }
    #expect(Set(served) == Set(described))
    try await world.stop()
  }

  @Test func itsVersionIsTheBuilds() async throws {
    let world = try await World(scores: false)
    let info = try await document(world)["info"] as? [String: Any]
    #expect(info?["version"] as? String == Build.version)
    try await world.stop()
  }

  @Test func theEventTypesAndFieldsAreThoseOfTheContracts() async throws {
    let world = try await World(scores: false)
    let check = SchemaCheck(document: try await document(world))
    let types = try #require(check.resolve("#/components/schemas/EventType")["enum"] as? [String])
    #expect(Set(types) == Set(EventType.allCases.filter { $0.topic != nil }.map(\.shortName)))
    let data = check.resolve("#/components/schemas/EventData")["properties"] as? [String: Any] ?? [:]
    let fields = Set(EventType.allCases.flatMap { $0.fields.map(\.name) })
    #expect(Set(data.keys) == fields)
    let namespaces = check.resolve("#/components/schemas/Identifier")["properties"] as? [String: [String: Any]]
    #expect(Set(namespaces?["namespace"]?["enum"] as? [String] ?? []) == Set(Namespaces.standard.all.map(\.name)))
    try await world.stop()
  }

  @Test func answersConformToTheirSchemas() async throws {
    let world = try await World()
    let document = try await document(world)
    let check = SchemaCheck(document: document)
    func conforms(_ answer: World.Answer, _ method: String, _ path: String, _ expected: Int) throws {
      #expect(answer.status == expected, "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
      let schema = try #require(
        self.schema(document, method, path, answer.status), "\(method) \(path) \(answer.status)")
      #expect(check.problems(try answer.json, schema) == [])
    }
    let (contact, token, started) = try await world.startContact()
    try conforms(started, "post", "/v1/contacts", 201)
    let server = try await world.send("POST", "/v1/contacts", World.start, ["X-Trias-Source-Key": World.serverKey])
    try conforms(server, "post", "/v1/contacts", 201)
    let token2 = ["X-Trias-Contact-Token": token]
    let list = try await world.send("GET", "/v1/contacts/\(contact)/list", nil, token2)
    try conforms(list, "get", "/v1/contacts/{contact}/list", 200)
    let staff = try await world.send(
      "GET", "/v1/contacts/\(contact)/list", nil, ["Authorization": "Bearer \(World.staff)"])
    try conforms(staff, "get", "/v1/contacts/{contact}/list", 200)
    let listId = try #require((try started.json["list"] as? [String: Any])?["id"] as? String)
    let response = #"{"list":"\#(listId)","responses":[{"proposition":"saver","outcome":"clicked"}]}"#
    let responded = try await world.send("POST", "/v1/contacts/\(contact)/responses", response, token2)
    try conforms(responded, "post", "/v1/contacts/{contact}/responses", 202)
    let event = #"{"events":[{"type":"page.viewed","data":{\#(World.who),"page":"/"}}]}"#
    try conforms(try await world.send("POST", "/v1/events", event), "post", "/v1/events", 202)
    try conforms(try await world.send("POST", "/v1/events", "{}"), "post", "/v1/events", 400)
    let ended = try await world.send("POST", "/v1/contacts/\(contact)/end", "{}", token2)
    try conforms(ended, "post", "/v1/contacts/{contact}/end", 202)
    try await world.stop()
  }
}

extension World {
  /// The adapter's routes on a router of one's own; what is returned closes it.
  static func bareRoutes(on router: HTTPRouter) throws -> () -> Void {
    let context = HostContext.forRoutes()
    let parts = try WebAdapter.parts(context)
    parts.routes?(router)
    return { parts.close() }
  }
}
