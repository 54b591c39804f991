// The pages and what they are made of. All of it is compiled into the executable (SwiftPM's embedInCode): a resource
// bundle is found through a path of the machine it was built on, and a container holds one static binary and nothing
// beside it.

import Foundation
import HTTPTypes
import Host
import Hummingbird
import NIOCore

enum Page: String, CaseIterable {
  case live, agent, customer, leads, identity, catalog, customers, drafts, draft, decision
  case signIn = "sign-in"

  var title: String {
    switch self {
    case .live: "Live"
    case .agent: "Agent desktop"
    case .customer: "Customer"
    case .leads: "Leads"
    case .identity: "Identities"
    case .catalog: "Catalogue"
    case .customers: "What customers get"
    case .drafts: "Drafts"
    case .draft: "Draft"
    case .decision: "Decision"
    case .signIn: "Sign in"
    }
  }

  /// What stands between the layout's header and footer.
  var main: [UInt8] {
    switch self {
    case .live: PackageResources.live_html
    case .agent: PackageResources.agent_html
    case .customer: PackageResources.customer_html
    case .leads: PackageResources.leads_html
    case .identity: PackageResources.identity_html
    case .catalog: PackageResources.catalog_html
    case .customers: PackageResources.customers_html
    case .drafts: PackageResources.drafts_html
    case .draft: PackageResources.draft_html
    case .decision: PackageResources.decision_html
    case .signIn: PackageResources.sign_in_html
    }
  }
}

enum Assets {
  /// By the name that they are served under.
  static let all: [String: [UInt8]] = [
    "base.css": PackageResources.base_css,
    "components.css": PackageResources.components_css,
    "pages.css": PackageResources.pages_css,
    "customer.css": PackageResources.customer_css,
    "drafts.css": PackageResources.drafts_css,
    "rehearsal.css": PackageResources.rehearsal_css,
    "icon.svg": PackageResources.icon_svg,
    "dom.js": PackageResources.dom_js,
    "format.js": PackageResources.format_js,
    "api.js": PackageResources.api_js,
    "theme.js": PackageResources.theme_js,
    "chrome.js": PackageResources.chrome_js,
    "status.js": PackageResources.status_js,
    "list-view.js": PackageResources.list_view_js,
    "control-group-view.js": PackageResources.control_group_view_js,
    "customer-view.js": PackageResources.customer_view_js,
    "lead-view.js": PackageResources.lead_view_js,
    "relation-view.js": PackageResources.relation_view_js,
    "flow-view.js": PackageResources.flow_view_js,
    "live.js": PackageResources.live_js,
    "agent.js": PackageResources.agent_js,
    "customer.js": PackageResources.customer_js,
    "customer-facts.js": PackageResources.customer_facts_js,
    "identity-view.js": PackageResources.identity_view_js,
    "segment-view.js": PackageResources.segment_view_js,
    "timeline-view.js": PackageResources.timeline_view_js,
    "leads.js": PackageResources.leads_js,
    "identity.js": PackageResources.identity_js,
    "catalog.js": PackageResources.catalog_js,
    "customers.js": PackageResources.customers_js,
    "drafts.js": PackageResources.drafts_js,
    "draft.js": PackageResources.draft_js,
    "draft-editor.js": PackageResources.draft_editor_js,
    "draft-words.js": PackageResources.draft_words_js,
    "difference-view.js": PackageResources.difference_view_js,
    "remarks-view.js": PackageResources.remarks_view_js,
    "rehearsal.js": PackageResources.rehearsal_js,
    "rehearsal-view.js": PackageResources.rehearsal_view_js,
    "decision.js": PackageResources.decision_js,
  ]

  static func contentType(_ name: String) -> String {
    switch name.split(separator: ".").last {
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }
}

struct Pages: Sendable {
  /// Where the demo shop is; empty: none.
  let shop: String

  func response(
    _ page: Page, status: HTTPResponse.Status = .ok, values: [String: String] = [:]
  ) -> Response {
    var html = String(decoding: PackageResources.layout_html, as: UTF8.self)
    var values = values
    values["title"] = page.title
    values["page"] = page.rawValue
    values["shop"] = shop
    // The page's text comes before the values, so that its own places are filled too.
    html = html.replacingOccurrences(of: "{{main}}", with: String(decoding: page.main, as: UTF8.self))
    for (name, value) in values { html = html.replacingOccurrences(of: "{{\(name)}}", with: Self.escaped(value)) }
    return Response(
      status: status, headers: headers(contentType: "text/html; charset=utf-8"),
      body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  /// Nothing from elsewhere is ever loaded, and nobody else may put our pages into a frame.
  private func headers(contentType: String) -> HTTPFields {
    let policy = [
      "default-src 'self'", "frame-src 'self'\(shopOrigin.map { " \($0)" } ?? "")", "img-src 'self' data:",
      "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "object-src 'none'",
    ]
    var headers: HTTPFields = [
      .contentType: contentType, .cacheControl: "no-store", .contentSecurityPolicy: policy.joined(separator: "; "),
      .xContentTypeOptions: "nosniff",
    ]
    headers[HTTPField.Name("Referrer-Policy")!] = "no-referrer"
    return headers
  }

  /// The origin of a shop that is served by another process.
  private var shopOrigin: String? {
    guard let url = URL(string: shop), let scheme = url.scheme, let host = url.host else { return nil }
    return url.port.map { "\(scheme)://\(host):\($0)" } ?? "\(scheme)://\(host)"
  }

  static func escaped(_ text: String) -> String {
    var out = ""
    for character in text {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.append(character)
      }
    }
    return out
  }

  func addRoutes(to router: HTTPRouter, gate: StaffGate) {
    let places: [(path: RouterPath, page: Page)] = [
      ("/", .live), ("/agent", .agent), ("/customer", .customer), ("/leads", .leads), ("/identity", .identity),
      ("/catalog", .catalog), ("/catalog/customers", .customers), ("/catalog/drafts", .drafts),
      ("/catalog/drafts/:draft", .draft), ("/decisions/:list", .decision),
    ]
    for (path, page) in places {
      router.get(path) { request, _ in
        if let token = request.query("token") { return SignIn.enter(request, token: token, gate: gate, pages: self) }
        guard gate.admits(request) else { return SignIn.refusal(request, gate: gate, pages: self) }
        return response(page)
      }
    }
    router.get("/workbench/assets/:name") { request, context in
      guard let name = context.parameters.get("name"), let bytes = Assets.all[name] else {
        throw Problem.notFound("there is no such file")
      }
      let tag = AssetTags.tags[name] ?? ""
      var headers: HTTPFields = [
        .contentType: Assets.contentType(name), .cacheControl: "no-cache", .eTag: tag, .xContentTypeOptions: "nosniff",
      ]
      if request.headers[.ifNoneMatch] == tag {
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
      }
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
  }
}
