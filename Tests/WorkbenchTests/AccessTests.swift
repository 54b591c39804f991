// Who comes in, how, and what is served to whom.

import Foundation
import Testing

@testable import Workbench

struct AccessTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  @Test(arguments: ["/", "/agent", "/leads", "/catalog", "/decisions/x"])
  func withoutATokenAPageIsA401ThatSaysHow(path: String) async throws {
    let bench = try await Bench(scene)
    let answer = try await bench.get(path, headers: [:])
    #expect(answer.status == 401)
    #expect(answer.body.contains("staff token"))
    #expect(answer.body.contains("action=\"/sign-in\""))
    #expect(answer.headers["www-authenticate"] == "Bearer")
    #expect(try await bench.get(path).status == 200)
    try await bench.stop()
  }

  @Test(arguments: ["visitor", "live", "customers?identifier=cookie:x", "leads", "catalog", "decisions/x"])
  func withoutATokenAReadIsAProblem(path: String) async throws {
    let bench = try await Bench(scene)
    for headers in [[:], ["Authorization": "Bearer wrong"], ["Cookie": "trias_staff=wrong"]] {
      let answer = try await bench.get("/workbench/api/\(path)", headers: headers)
      #expect(answer.status == 401)
      #expect(answer.headers["content-type"] == "application/problem+json")
    }
    try await bench.stop()
  }

  @Test func theLinkTurnsItsTokenIntoACookieAndTakesItOutOfTheAddress() async throws {
    let bench = try await Bench(scene)
    let entered = try await bench.get("/leads?token=\(Bench.token)&status=won", headers: [:])
    #expect(entered.status == 303)
    #expect(entered.headers["location"] == "/leads?status=won")
    let cookie = try #require(entered.headers["set-cookie"])
    for part in ["trias_staff=\(Bench.token)", "HttpOnly", "SameSite=Strict", "Path=/"] {
      #expect(cookie.contains(part))
    }
    #expect(try await bench.get("/leads", headers: ["Cookie": "trias_staff=\(Bench.token)"]).status == 200)
    let wrong = try await bench.get("/?token=guess", headers: [:])
    #expect(wrong.status == 401)
    #expect(wrong.headers["set-cookie"] == nil)
    try await bench.stop()
  }

  @Test func theFormLetsInAndLeadsNowhereElse() async throws {
    let bench = try await Bench(scene)
    func enter(_ form: String) async throws -> Answer {
      try await bench.send(
        "POST", "/sign-in", body: form, headers: ["Content-Type": "application/x-www-form-urlencoded"])
    }
    let entered = try await enter("token=\(Bench.token)&name=Ann%20Lee&next=%2Fcatalog")
    #expect(entered.status == 303)
    #expect(entered.headers["location"] == "/catalog")
    #expect(entered.headers["set-cookie"]?.contains("trias_staff_name=Ann%20Lee") == true)
    for elsewhere in ["%2F%2Fevil.example", "https%3A%2F%2Fevil.example", "%2F%5Cevil.example"] {
      #expect(try await enter("token=\(Bench.token)&next=\(elsewhere)").headers["location"] == "/")
    }
    let wrong = try await enter("token=guess&next=%2F%22%3E%3Cscript%3E")
    #expect(wrong.status == 401)
    #expect(!wrong.body.contains("<script>"))
    try await bench.stop()
  }

  @Test func withoutASetTokenNobodyComesIn() async throws {
    let bench = try await Bench(scene, token: "")
    for headers in [[:], ["Authorization": "Bearer "], ["Cookie": "trias_staff="]] {
      let answer = try await bench.get("/", headers: headers)
      #expect(answer.status == 401)
      #expect(answer.body.contains("No staff token is set"))
      #expect(try await bench.get("/workbench/api/leads", headers: headers).status == 401)
    }
    try await bench.stop()
  }

  @Test func everyFileThatAPageOrModuleNamesIsServedAndNothingComesFromElsewhere() async throws {
    let bench = try await Bench(scene)
    var names: Set<String> = []
    for page in Page.allCases {
      let html = String(decoding: page.main + PackageResources.layout_html, as: UTF8.self)
      #expect(!html.contains("http://") && !html.contains("https://"))
      names.formUnion(html.matches(of: /\/workbench\/assets\/([\w.-]+)/).map { String($0.1) })
      if page != .signIn { names.insert("\(page.rawValue).js") }
    }
    for (name, bytes) in Assets.all where name.hasSuffix(".js") {
      names.formUnion(String(decoding: bytes, as: UTF8.self).matches(of: /from "\.\/([\w.-]+)"/).map { String($0.1) })
    }
    #expect(names == Set(Assets.all.keys))
    for name in names {
      let answer = try await bench.get("/workbench/assets/\(name)", headers: [:])
      #expect(answer.status == 200, "\(name)")
      let tag = try #require(answer.headers["etag"])
      #expect(try await bench.get("/workbench/assets/\(name)", headers: ["If-None-Match": tag]).status == 304)
    }
    #expect(try await bench.get("/workbench/assets/nothing.js", headers: [:]).status == 404)
    let policy = try #require(try await bench.get("/").headers["content-security-policy"])
    #expect(policy.contains("default-src 'self'"))
    #expect(policy.contains("frame-ancestors 'none'"))
    try await bench.stop()
  }

  @Test func aShopThatIsServedElsewhereMayBeFramedAndNothingElse() async throws {
    let bench = try await Bench(scene, shop: "http://shop.test:8081/shop")
    let page = try await bench.get("/")
    #expect(page.headers["content-security-policy"]?.contains("frame-src 'self' http://shop.test:8081;") == true)
    #expect(page.body.contains("data-shop=\"http://shop.test:8081/shop\""))
    try await bench.stop()
  }
}
