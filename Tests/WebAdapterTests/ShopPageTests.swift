// The demo shop in a real browser: what it says of the offers that it shows.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Host
@testable import WebAdapter

@Suite(.serialized, .enabled(if: Chromium.isExpected, "there is no Chromium here: install Debian's chromium"))
struct ShopPageTests {
  /// The labels of the offers, and the heading over them.
  private func said(_ page: BrowserPage) async throws -> (tags: [String], heading: String) {
    (
      try await page.evaluate("[...document.querySelectorAll('.offer .tag')].map((tag) => tag.textContent)"),
      try await page.evaluate("document.querySelector('[data-section] h2').textContent")
    )
  }

  private func open(_ world: World, _ body: (BrowserPage) async throws -> Void) async throws {
    let chromium = try Chromium(try #require(Chromium.executable, "CI needs a Chromium"))
    do {
      let page = try await chromium.page()
      try await page.go("http://127.0.0.1:\(world.port)/shop")
      try await body(page)
      #expect(try await page.errors() == [])
    } catch {
      await chromium.close()
      throw error
    }
    await chromium.close()
    try await world.stop()
  }

  @Test func whatWasDecidedForTheVisitorIsForHim() async throws {
    try await open(World()) { page in
      try await page.until("the offers", "document.querySelectorAll('.offer').length === 2")
      let (tags, heading) = try await said(page)
      #expect(tags == ["For you", "For you"])
      #expect(heading == "Chosen for you")
    }
  }

  @Test func whatEverybodySeesIsNotSaidToBeForHim() async throws {
    var catalog = Catalog(version: "1-test", appliedMs: 1, name: "test", currency: "EUR")
    catalog.propositions = ["card", "saver"].map { id in
      var proposition = Proposition(id: id, name: id, issue: "grow", group: id, kind: .offer)
      proposition.treatments = [Treatment(channel: "web", headline: id, body: "b", callToAction: "c")]
      return proposition
    }
    catalog.fallback = [FallbackList(channel: "web", propositions: ["card", "saver"])]
    let world = try await World(scores: false, catalog: catalog) { $0.with(WebAdapter.listBudgetMs, "1") }
    try await open(world) { page in
      try await page.until("the offers", "document.querySelectorAll('.offer').length === 2")
      let (tags, heading) = try await said(page)
      #expect(tags == ["Popular", "Popular"])
      #expect(heading == "What many choose")
    }
  }

  /// Looking at how to leave is an interest like any other: the next channel hears of it.
  @Test func whoLooksAtHowToLeaveIsKnownToThinkOfIt() async throws {
    let world = try await World()
    try await open(world) { page in
      try await page.go("http://127.0.0.1:\(world.port)/shop/closing")
      try await page.until("the page", "document.querySelector('h1')?.textContent === 'You want to leave?'")
      try await eventually("the page view") {
        world.records().contains {
          String(decoding: $0.value ?? [], as: UTF8.self).contains(#""category":"cancellation""#)
        }
      }
    }
  }
}
