// A person in front of the running suite: clicks in the shop, watches the list change on the live page, accepts an offer,
// sees the lead, and works it as sales and on a call. TRIAS_SCREENSHOTS names a folder to leave pictures in.

import Browser
import Foundation
import Testing

@Suite(.serialized, .enabled(if: Chromium.isExpected, "there is no Chromium here: install Debian's chromium"))
struct BrowserTests {
  static let shop = "#shop-frame"

  /// A signed-in window on the live page of a suite that just runs for this test.
  func open(_ body: (RunningSuite, BrowserPage) async throws -> Void) async throws {
    let chromium = try Chromium(try #require(Chromium.executable, "CI needs a Chromium"))
    let suite = try RunningSuite()
    try await suite.waitUntilReady()
    let page = try await chromium.page()
    do {
      try await page.go("\(suite.base)/?token=\(RunningSuite.token)")
      try await body(suite, page)
      #expect(try await page.errors() == [])
    } catch {
      try? await page.picture("failed-\(UUID().uuidString.prefix(4))")
      await chromium.close()
      throw error
    }
    await chromium.close()
    #expect(suite.stop() == 0)
  }

  @Test(.timeLimit(.minutes(3)))
  func clicksChangeTheListAndAnAcceptedOfferBecomesALead() async throws {
    try await open { suite, page in
      // The shop's first page starts a contact; its list is on the live page.
      try await page.until("the first list", "document.querySelectorAll('.offer[data-key]').length > 2")
      try await page.until(
        "the visitor", "document.querySelector('.person-name b')?.textContent === 'Visitor'")
      try await page.picture("run-start")
      try await page.click("#consent-yes", in: Self.shop)
      try await page.until(
        "the consent", "document.querySelector('#customer .chip.good')?.textContent.includes('personal offers')")
      let first: String = try await page.evaluate("document.querySelector('#list').dataset.list")
      let _: String = try await page.evaluate("window.before = document.querySelector('.offers').innerText")

      // What interests the visitor changes what is best for him.
      for product in ["mortgages", "loans", "mortgages"] {
        try await page.click("a[href=\"/shop/\(product)\"]", in: Self.shop)
        try await page.until(
          "the page of \(product)", "document.querySelector('\(Self.shop)').contentDocument.title.length > 0")
      }
      try await page.until("another list", "document.querySelector('#list').dataset.list !== '\(first)'")
      // Each contact draws its own chances: what moves differs from run to run, that something does is certain.
      try await page.until("what changed on it", "document.querySelector('.offers').innerText !== window.before")
      try await page.until(
        "the mortgage at the top",
        "Number(document.querySelector('.offer[data-key=\"mortgage\"] .rank')?.textContent) <= 3")
      try await page.until(
        "the interest", "[...document.querySelectorAll('.bars span')].some((s) => s.textContent === 'mortgage')")
      try await page.until("the strip", "document.querySelectorAll('.column.channels .records b').length > 2")
      try await page.picture("run-clicked")

      // A click on an offer really accepts it.
      try await page.click(".offer button.strong", in: Self.shop)
      try await page.until("the offer's dialog", "\(Self.dialog)?.open")
      let offer: String = try await page.evaluate("\(Self.dialog).querySelector('h2').textContent")
      try await page.click("#dialog button.strong", in: Self.shop)
      try await page.until("the lead of \(offer)", "document.querySelectorAll('#leads .lead').length === 1")
      try await page.until(
        "the lead's events",
        "[...document.querySelectorAll('.column.sales .records .type')].some((t) => t.textContent === 'lead.opened')")
      try await page.picture("run-accepted")
      let name: String = try await page.evaluate("document.querySelector('#leads .lead b').textContent")
      try await page.until(
        "the offer to be gone from the list",
        "![...document.querySelectorAll('.offer .offer-head > b')].some((b) => b.textContent === '\(name)')")

      // Why that list: the whole portfolio, derived again.
      try await page.click(".link-chip")
      try await page.until("the portfolio", "document.querySelectorAll('.portfolio tbody tr').length >= 12")
      try await page.until("a drop with its stage", "document.querySelector('.portfolio .dropped .stage-chip')")
      try await page.click(".voices .voice:first-child button:last-child")
      try await page.until(
        "the auditor's account", "document.querySelector('.audit li')?.textContent.startsWith('Passed')")
      try await page.click(".voices .voice:last-child button:last-child")
      try await page.until("it in Dutch", "document.querySelector('.audit li')?.textContent.startsWith('Doorstaan')")
      try await page.picture("run-decision")

      // Sales: the lead's first step is done, then it is won.
      try await page.go("\(suite.base)/leads")
      try await page.click(".lead-row [data-act=\"complete-step\"]")
      try await page.until(
        "what is to be done named", "document.querySelector('dialog h2')?.textContent.includes('is done')")
      try await page.click("dialog .primary")
      try await page.until(
        "the first step to be done", "document.querySelector('.lead-row .steps li')?.className === 'done'")
      try await page.picture("run-leads")
      try await page.click(".lead-row [data-act=\"win\"]")
      try await page.click("dialog .primary")
      try await page.until("no open lead", "document.querySelectorAll('.lead-row').length === 0")
      try await page.click("[data-status=\"won\"]")
      try await page.until("the won lead", "document.querySelector('.lead-row.won b')?.textContent === '\(name)'")

      try await page.go("\(suite.base)/catalog")
      try await page.until("the catalogue", "document.querySelectorAll('.proposition').length >= 12")
      try await page.picture("run-catalog")
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func anAgentLeadsACallWithTheListForIt() async throws {
    try await open { suite, page in
      try await page.go("\(suite.base)/agent")
      try await page.type("4711", into: "#value")
      try await page.click("#find .primary")
      try await page.until("the list of the call", "document.querySelectorAll('.offer[data-key]').length > 1")
      try await page.until("its channel", "document.querySelector('#list .chip')?.textContent === 'call-centre'")
      let first: String = try await page.evaluate("document.querySelector('.offer[data-key]').dataset.key")
      try await page.click(".offer [data-act=\"pitch\"]")
      try await page.picture("run-agent")
      try await page.click(".offer [data-act=\"reject\"]")
      try await page.click("dialog .primary")
      try await page.until(
        "a list without what was declined", "!document.querySelector('.offer[data-key=\"\(first)\"]')")
      let second: String = try await page.evaluate("document.querySelector('.offer[data-key]').dataset.key")
      try await page.click(".offer[data-key=\"\(second)\"] [data-act=\"pitch\"]")
      try await page.click(".offer[data-key=\"\(second)\"] [data-act=\"accept\"]")
      try await page.until("the lead", "document.querySelectorAll('#leads .lead').length === 1")
      try await page.picture("run-agent-accepted")
      try await page.click("#hang-up")
      try await page.until("the end of the call", "document.querySelector('#call').hidden")

      // All of him: what was said is on his timeline, and what sales has of it before everything.
      // With the contact's end the page gets shorter, under the pointer too.
      try await page.until("the contact's end", "!document.querySelector('#customer .contact')")
      try await page.click(".person .link-chip")
      try await page.until("his lead", "document.querySelectorAll('#now .leads-now > li').length === 1")
      try await page.until(
        "the acceptance on the timeline",
        "[...document.querySelectorAll('#timeline .event b')].some((b) => b.textContent === 'Offer accepted')")
      try await page.until("his identifier", "document.querySelectorAll('.graph [data-identifier]').length === 1")
    }
  }

  @Test(.timeLimit(.minutes(3)))
  func aVisitorWhoLogsInIsOneCustomerAndAnotherOnHisDeviceIsNotHe() async throws {
    try await open { suite, page in
      func logIn(_ number: String, _ name: String) async throws {
        try await page.click("#account", in: Self.shop)
        try await page.type(number, into: "#dialog [name=number]", in: Self.shop)
        try await page.type(name, into: "#dialog [name=name]", in: Self.shop)
        try await page.click("#dialog button.strong", in: Self.shop)
        try await page.until(
          "\(name) in the shop",
          "document.querySelector('\(Self.shop)').contentDocument.querySelector('#account').textContent.includes('\(name)')"
        )
      }
      try await page.until("the first list", "document.querySelectorAll('.offer[data-key]').length > 2")
      try await page.click("a[href=\"/shop/mortgages\"]", in: Self.shop)
      try await logIn("4711", "Ada")
      try await page.until("who he is", "document.querySelector('#customer .chip.good')?.textContent === 'known'")
      try await page.click("#account", in: Self.shop)
      try await logIn("4712", "Bea")

      try await page.go("\(suite.base)/customer?identifier=customer:4711")
      try await page.until("two identifiers", "document.querySelectorAll('.graph [data-identifier]').length === 2")
      try await page.until("the claim that joined them", "document.querySelectorAll('.graph path.joined').length === 1")
      try await page.until(
        "what became of the other one's claim",
        "[...document.querySelectorAll('.verdict-list code')].some((c) => c.textContent === 'customer:4712')")
      try await page.until(
        "his segments in time",
        "[...document.querySelectorAll('.stays .in b')].some((b) => b.textContent === 'Active')")
      try await page.resize(width: 1_280, height: 1_300)
      try await page.picture("run-customer")
      try await page.resize(width: 390, height: 844)
      let width: Int = try await page.evaluate("document.documentElement.scrollWidth")
      #expect(width <= 390)
      try await page.picture("run-customer-phone")
    }
  }

  private static let dialog = "document.querySelector('\(shop)').contentDocument.querySelector('#dialog')"
}

extension BrowserPage {
  func picture(_ name: String) async throws {
    guard let folder = ProcessInfo.processInfo.environment["TRIAS_SCREENSHOTS"] else { return }
    let _: Bool = try await evaluate("new Promise((done) => setTimeout(() => done(true), 700))")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try await screenshot().write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
  }
}
