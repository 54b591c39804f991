// The catalogue's pages in a real browser: what can be shown now, and what customers get by it.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

extension PagesTests {
  @Test func whatCustomersGetIsShownOfEverybodyPageByPageAndOfOne() async throws {
    try scene.apply(try Scene.demoText(), version: "1-demo")
    try await open { bench, page in
      try await page.go("\(bench.base)/catalog/customers")
      try await page.until(
        "that there is nobody", "document.querySelector('#sample .empty')?.textContent.includes('Nobody is known yet')")
      try await page.picture("customers-none")
      try scene.put(scene.fullState(channel: "web", placement: "home"))
      for number in 0..<59 {
        try scene.put(scene.state(profile: "p\(number)", identifiers: ["cookie:c\(number)"], contact: nil))
      }
      try await eventually("they are known") {
        try await bench.get("/workbench/api/catalog/rehearsal").body.contains("\"known\":60")
      }
      try await page.click("#rehearse .primary")
      try await page.until("the first page", "document.querySelectorAll('.sampled tr[data-profile]').length === 25")
      try await page.picture("customers")
      let whole =
        "[...document.querySelectorAll('.sampled tr[data-profile] .list-line')].every((l) => l.children.length)"
      #expect(try await page.evaluate(whole), "everybody has his whole list")
      let _: Bool = try await page.evaluate("window.seen = [], true")
      for (turn, count) in [("on", 25), ("on", 10)] {
        let _: Int = try await page.evaluate(Self.remember)
        try await page.click("[data-pager=top] [data-turn=\(turn)]")
        try await page.until(
          "the next page",
          "document.querySelectorAll('.sampled tr[data-profile]').length === \(count) && !window.seen.includes(document.querySelector('.sampled tr[data-profile]').dataset.profile)"
        )
      }
      #expect(try await page.evaluate(Self.remember) == 60, "each of the sample once")
      #expect(try await page.evaluate("document.querySelector('[data-pager=top] [data-turn=on]').disabled"))

      // The reasons are one click away, what he doesn't get one more.
      try await page.click(".sampled [aria-expanded]")
      try await page.until("the reasons", "document.querySelector('.more-row:not([hidden]) .offers-beside li')")
      try await page.click(".more-row:not([hidden]) [data-look]")
      try await page.until("what drops out", "document.querySelectorAll('#customer .drops li').length > 0")
      try await page.picture("customers-unfolded")

      // One by his number: in his own contact, then in another that is made up.
      let said = "document.querySelector('#customer .muted').textContent"
      try await page.type(Scene.customer, into: "#identifier")
      try await page.press("Enter")
      try await page.until("his own contact", "\(said).includes('in his contact: web, home, inbound')")
      try await page.picture("customers-one")
      let _: Bool = try await page.evaluate(
        """
        (() => { const { contact, channel, placement } = document.querySelector('#rehearse').elements; \
        contact.value = 'new'; channel.value = 'call-centre'; channel.dispatchEvent(new Event('change')); return true; })()
        """)
      try await page.click("#one .button")
      try await page.until(
        "a new one", "\(said).includes('in a new contact: call centre, inbound; he is in one by web, home, inbound')")
      try await page.type("customer:nobody", into: "#identifier")
      try await page.press("Enter")
      try await page.until(
        "that there is no such", "document.querySelector('#customer .empty')?.textContent.includes('nobody')")
      try await page.resize(width: 390, height: 844)
      let overflow: Int = try await page.evaluate("document.documentElement.scrollWidth - innerWidth")
      #expect(overflow <= 0, "nothing lies beside a phone's screen")
      try await page.picture("customers-phone")
      let _: Bool = try await page.evaluate("document.querySelector('.sampled').scrollIntoView(), true")
      try await page.picture("customers-phone-table")
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("customers-dark")
    }
  }

  @Test func whatCantBeShownNowLooksLikeItAndWhoAppliedWhatIsSaid() async throws {
    try scene.put(Scene.catalog)
    var catalog = scene.flawedCatalog()
    catalog.version = "4-other"
    catalog.propositions[1].steps = []
    try scene.put(catalog)
    try await open { bench, page in
      try await page.go("\(bench.base)/catalog")
      try await page.until("the propositions", "document.querySelectorAll('.proposition').length === 7")
      let off: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.proposition.off')].map((one) => one.id).sort()")
      #expect(off == ["day-money", "fee-waiver", "gold-card", "savings-plan", "travel-cover"])
      let said: [String: String] = try await page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[data-standing]')].map((one) => [one.dataset.standing, one.textContent]))"
      )
      #expect(said["emergency-exclusion"] == "taken out: the rate is wrong" && said["paused"] == "paused")
      #expect(said["not-yet-valid"]?.hasPrefix("not before ") == true && said["out-of-stock"] == "out of stock")
      #expect(said["no-longer-valid"]?.hasPrefix("over since ") == true)
      let mortgage: String = try await page.evaluate("document.querySelector('#fixed-mortgage summary').textContent")
      #expect(
        mortgage.contains("€2.50 cost") && mortgage.contains("1.25 % margin") && mortgage.contains("valid until "))
      let head: String = try await page.evaluate("document.querySelector('#catalog-head').textContent")
      #expect(head.contains("by ann, approved by ben") && head.contains("“since the rate went up”"))
      let versions: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.versions li')].map((one) => one.textContent)")
      #expect(versions.count == 2 && versions[0].contains("by ann, approved by ben"))
      #expect(versions[1].hasPrefix("3-9c1d by nobody named"))
      let remarks: String = try await page.evaluate("document.querySelector('.remarks').textContent")
      #expect(remarks.contains("day-money has no steps"))
      try await page.picture("catalog-flawed")
      try await page.resize(width: 390, height: 844)
      let overflow: Int = try await page.evaluate("document.documentElement.scrollWidth - innerWidth")
      #expect(overflow <= 0, "nothing lies beside a phone's screen")
      try await page.picture("catalog-phone")
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("catalog-dark")
    }
  }

  /// Notes who is on the page; answers how many were on any.
  private static let remember = """
    (() => { for (const row of document.querySelectorAll('.sampled tr[data-profile]')) if (!window.seen.includes(row.dataset.profile)) window.seen.push(row.dataset.profile); \
    return window.seen.length; })()
    """
}

extension Scene {
  /// The same, in a contact.
  fileprivate func fullState(channel: String, placement: String) -> ProfileState {
    var state = fullState()
    var open = Contact(
      id: Self.contact, channel: channel, direction: "inbound", isStarted: true, startedMs: nowMs - 60_000)
    open.placement = placement
    state.facets[0].body.contacts = [open]
    return state
  }
}
