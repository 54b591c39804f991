// The pages in a real browser, over the scene's log: what moves, what can be clicked, and that no page has a script
// error. TRIAS_SCREENSHOTS names a folder to leave pictures in.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

@Suite(.serialized, .enabled(if: Chromium.isExpected, "there is no Chromium here: install Debian's chromium"))
struct PagesTests {
  let scene: Scene

  init() throws { scene = try Scene() }

  /// A signed-in window on the workbench over the scene.
  func open(_ body: (Bench, BrowserPage) async throws -> Void) async throws {
    let chromium = try Chromium(try #require(Chromium.executable, "CI needs a Chromium"))
    let bench = try await Bench(scene) { _, catalog, _ in Self.explained(catalog) }
    let page = try await chromium.page()
    try await page.go("\(bench.base)/?token=\(Bench.token)")
    do {
      try await body(bench, page)
      let errors = try await page.errors()
      #expect(errors.isEmpty)
    } catch {
      try await page.picture("failed")
      await chromium.close()
      throw error
    }
    await chromium.close()
    try await bench.stop()
  }

  static func explained(_ catalog: Catalog) -> [ExplainedProposition] {
    let stages: [Stage?] = [nil, nil, .eligibility, nil, .contactPolicy, .applicability, .suitability]
    return catalog.propositions.enumerated().map { index, proposition in
      var one = ExplainedProposition(
        proposition: proposition.id, name: proposition.name, issue: proposition.issue, group: proposition.group)
      one.stage = stages[index]
      if one.stage == nil {
        one.rank = index == 3 ? 3 : index + 1
        one.probability = 0.3 / Double(index + 1)
        one.valueMinor = proposition.valueMinor
        one.drawn = one.probability! * 1.37
        one.contextWeight = 2.5
        one.contexts = ["looks-at-homes"]
        one.lever = 1
        one.priority = one.drawn! * 2.5 * Double(proposition.valueMinor)
        one.reasons = Scene.reasons[proposition.id] ?? []
      } else {
        one.rule = "of-age"
        one.refusal = "Not met: is of age"
      }
      return one
    }
  }

  @Test func theLivePageFollowsTheListAndTheLead() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.fullState())
    try await open { bench, page in
      try await page.go("\(bench.base)/?identifier=\(Scene.cookie)")
      try await page.until("the customer", "document.querySelector('.person-name b')?.textContent === 'Ada Jansen'")
      try scene.put(scene.list(["day-money", "gold-card", "savings-plan", "travel-cover"], version: 1))
      try await page.until("the list", "document.querySelectorAll('.offer').length === 4")
      try scene.put(
        scene.list(["fixed-mortgage", "savings-plan", "day-money", "advisor-call", "gold-card"], version: 2))
      try await page.until("the first", "document.querySelector('.offer b')?.textContent.startsWith('Mortgage')")
      let marks: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.offer')].map((o) => o.querySelector('.change')?.textContent ?? '')")
      #expect(marks == ["new", "▲ 1", "▼ 2", "new", "▼ 3"])
      let quiet: Int = try await page.evaluate("document.querySelectorAll('.offer .mark').length")
      #expect(quiet == 0, "neither tried out nor little known")
      try await page.until("what went", "document.querySelector('.gone')?.textContent.includes('Travel cover')")
      try scene.put([scene.lead("l1", "gold-card", step: 1)])
      try await page.until("the lead", "document.querySelector('.lead .steps .now span')?.textContent === 'check'")
      try await page.until("the strip", "document.querySelectorAll('.column.sales .records li b').length > 0")
      try await page.picture("live")
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("live-dark")
      try await page.resize(width: 390, height: 844)
      try await page.click(".tabs [data-tab=\"customer\"]")
      try await page.picture("live-phone-customer")
      try await page.click(".tabs [data-tab=\"list\"]")
      try await page.picture("live-phone")
    }
  }

  @Test func whatIsWithheldIsNotOnTheListAndSaidToBe() async throws {
    var catalog = Scene.catalog
    try scene.put(catalog)
    try scene.put(scene.fullState())
    try scene.put(scene.list(["day-money", "gold-card"], version: 1))
    try await open { bench, page in
      try await page.go("\(bench.base)/?identifier=\(Scene.cookie)")
      try await page.until("the list", "document.querySelectorAll('.offer').length === 2")
      catalog.version = "4-recall"
      catalog.exclusions = [Exclusion(reason: "the rate is wrong", proposition: "day-money")]
      try scene.put(catalog)
      try await page.until("the rest", "document.querySelectorAll('.offer').length === 1")
      let said: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.withheld .chip')].map((chip) => chip.textContent)")
      #expect(said == ["Day money at 2.5 % is taken out at once: the rate is wrong"])
      let rank: String = try await page.evaluate("document.querySelector('.offer .rank').textContent")
      #expect(rank == "1")
    }
  }

  @Test func whatADrawLiftedOrFewHaveAnsweredIsMarkedQuietly() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.fullState())
    var list = scene.list(["travel-cover", "fixed-mortgage", "day-money"], version: 1)
    // Worth little, and drawn high enough to stand above the mortgage; few have answered it.
    list.items[0].probability = 0.02
    list.items[0].propensity = 0.6
    list.items[0].priority = 0.6 * Double(list.items[0].valueMinor) * 10
    list.items[0].evidenceCount = 3
    try scene.put(list)
    try await open { bench, page in
      try await page.go("\(bench.base)/?identifier=\(Scene.cookie)")
      try await page.until("the list", "document.querySelectorAll('.offer').length === 3")
      let marks: [[String]] = try await page.evaluate(
        "[...document.querySelectorAll('.offer')].map((o) => [...o.querySelectorAll('.mark')].map((m) => m.textContent))"
      )
      #expect(marks == [["trying out", "little known"], [], []])
      let weights: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.offer')].map((o) => o.querySelector('.weight')?.textContent ?? '')")
      #expect(weights == ["× 10", "", ""])
    }
  }

  @Test func manyOpenContactsLeaveRoomForTheCustomer() async throws {
    var state = scene.fullState()
    state.facets[0].body.contacts = (0..<5).map { index in
      var contact = Contact(
        id: "web-\(index)", channel: "web", direction: "inbound", isStarted: true, startedMs: scene.nowMs - 90_000)
      contact.lastMs = scene.nowMs - 1_000 * Int64(index)
      return contact
    }
    try scene.put(state)
    try await open { bench, page in
      try await page.go("\(bench.base)/?identifier=\(Scene.cookie)")
      try await page.until(
        "the customer", "document.querySelector('.more-contacts summary')?.textContent === '3 more open'")
      let shown: Int = try await page.evaluate("document.querySelectorAll('#customer > .contact').length")
      #expect(shown == 2)
    }
  }

  @Test func onTheLeadsPageALeadIsWon() async throws {
    try scene.put([
      scene.lead("l1", "gold-card", step: 1), scene.lead("l2", "fixed-mortgage"),
      scene.lead("l3", "day-money", step: 3, status: .won), scene.lead("l4", "travel-cover", step: 1, status: .lost),
    ])
    try await open { bench, page in
      try await page.go("\(bench.base)/leads")
      try await page.until("the open leads", "document.querySelectorAll('.lead-row').length === 2")
      try await page.picture("leads")
      try await page.until(
        "what is to be done", "document.querySelector('[data-lead=\"l2\"] .lead-todo')?.textContent.includes('applies')"
      )
      // A step is named before it is done, and who turns back has done nothing.
      try await page.click("[data-lead=\"l2\"] [data-act=\"complete-step\"]")
      try await page.until(
        "the step's name", "document.querySelector('dialog h2')?.textContent === '“Application” is done'")
      try await page.picture("leads-step")
      try await page.click("dialog [value=cancel]")
      #expect(scene.records(Topics.leadCommands).isEmpty)
      try await page.click("[data-lead=\"l1\"] [data-act=\"win\"]")
      try await page.type("98.70", into: "dialog [name=revenue]")
      try await page.picture("leads-win")
      try await page.click("dialog .primary")
      try await eventually("the command") { !scene.records(Topics.leadCommands).isEmpty }
      let value = try #require(scene.records(Topics.leadCommands)[0].value)
      let command = try JSONDecoder().decode(LeadCommand.self, from: Data(value))
      #expect(command.lead == "l1")
      #expect(command.netRevenueMinor == 9_870)
      try scene.put([scene.lead("l1", "gold-card", step: 3, status: .won), scene.lead("l2", "fixed-mortgage")])
      try await page.until("the change", "document.querySelectorAll('.lead-row').length === 1")
      try await page.click("[data-status=\"\"]")
      try await page.until("all", "document.querySelectorAll('.lead-row').length === 2")
      try await page.resize(width: 390, height: 844)
      try await page.picture("leads-phone")
    }
  }

  @Test func onTheIdentitiesPageTwoAreDecidedAndALinkIsSplit() async throws {
    try scene.put(scene.fullState())
    try scene.putCase()
    try await open { bench, page in
      try await page.go("\(bench.base)/identity")
      try await page.until("the case", "document.querySelectorAll('.case').length === 1")
      let who: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.case .who')].map((a) => a.textContent)")
      #expect(who == ["Ada Jansen", "customer:4712"])
      try await page.click(".case summary")
      try await page.until("the claims", "document.querySelectorAll('.case details[open] .evidence li').length === 2")
      try await page.picture("identity")
      // Who turns back has said nothing. All of it goes by keyboard alone.
      let _: Bool = try await page.evaluate(
        "(document.querySelector('.case [data-act=\"not-same-person\"]').focus(), true)")
      try await page.press("Enter")
      try await page.until(
        "the question", "document.querySelector('dialog h2')?.textContent.includes('are not one person')")
      try await page.press("Escape")
      try await page.until("no question", "!document.querySelector('dialog')")
      #expect(scene.records(Topics.stewardCommands).isEmpty)
      try await page.click(".case [data-act=\"not-same-person\"]")
      try await page.type("two cards, two people", into: "dialog [name=reason]")
      try await page.picture("identity-decide")
      try await page.press("Enter")
      try await eventually("the command") { scene.records(Topics.stewardCommands).count == 1 }
      try await page.until(
        "that it is on its way", "document.querySelector('#asked li')?.textContent.includes('on its way')")
      try await page.picture("identity-asked")
      let record = try #require(scene.records(Topics.stewardCommands).first)
      let command = try StewardCommand(json: record.value ?? [])
      #expect(command.with == Identifier("customer", "4712") && command.reason == "two cards, two people")
      let id = try Envelope(record.headers).id
      // The linker's answer is seen without loading anything again.
      try scene.putDecided(by: id)
      try await page.until("no case", "document.querySelectorAll('.case').length === 0")
      try await page.until("the decision", "document.querySelector('.decision-row[data-kind=\"not-same-person\"]')")
      try await page.until("nothing under way", "document.querySelectorAll('#asked li').length === 0")
      try await page.picture("identity-decided")
      try await page.click("#split")
      try await page.type("cookie:c-9", into: "dialog [name=identifier]")
      try await page.type("shared", into: "dialog [name=reason]")
      try await page.picture("identity-split")
      try await page.click("dialog .primary, dialog .danger")
      try await eventually("the split") { scene.records(Topics.stewardCommands).count == 2 }
      let split = try #require(scene.records(Topics.stewardCommands).last)
      #expect(try Envelope(split.headers).type == StewardCommandType.split.rawValue)
      #expect(try StewardCommand(json: split.value ?? []).from == nil)
      try scene.putVerdict(
        Identifier("cookie", "c-9"), of: try Envelope(split.headers).id, isAccepted: false, "not-linked")
      try await page.until(
        "why not", "document.querySelector('#asked .refused')?.textContent.includes('no claim has joined')")
      try scene.putCase(lastClaim: 20)
      try await page.until("another case", "document.querySelectorAll('.case').length === 1")
      try await page.resize(width: 390, height: 844)
      let overflow: Int = try await page.evaluate("document.documentElement.scrollWidth - innerWidth")
      #expect(overflow <= 0, "nothing lies beside a phone's screen")
      try await page.picture("identity-phone")
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("identity-dark")
    }
  }

  @Test func withoutATokenThereIsOnlyTheWayIn() async throws {
    try await open { bench, page in
      try await page.click(".sign-out button")
      try await page.until("the form", "document.querySelector('form [name=token]')")
      try await page.type("guess", into: "[name=token]")
      try await page.click("form .primary")
      try await page.until(
        "the refusal", "document.querySelector('.problem')?.textContent.includes('not a staff token')")
      try await page.picture("sign-in")
      try await page.type(Bench.token, into: "[name=token]")
      try await page.click("form .primary")
      try await page.until("the live page", "document.documentElement.dataset.page === 'live'")
    }
  }
}

extension BrowserPage {
  func picture(_ name: String) async throws {
    guard let folder = ProcessInfo.processInfo.environment["TRIAS_SCREENSHOTS"] else { return }
    // What moves has arrived by then.
    let _: Bool = try await evaluate(
      "Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity)"
        + ".map((a) => a.finished.catch(() => {}))).then(() => true)")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try await screenshot().write(to: URL(fileURLWithPath: "\(folder)/\(name).png"))
  }
}

extension Scene {
  /// A customer of whom much is known.
  func fullState() -> ProfileState {
    var state = state(identifiers: [Self.cookie, Self.customer, "login:ada@example.org"])
    var cookie = state.facets[0].body
    cookie.counts = [
      EventCount(event: "page.viewed", channel: "web", count: 23),
      EventCount(event: "product.viewed", channel: "web", count: 9),
      EventCount(event: "search.performed", channel: "web", count: 3),
      EventCount(event: "nba.presented", channel: "web", count: 14),
    ]
    cookie.interests = [
      Interest(category: "mortgage", count: 6, lastMs: nowMs - 4_000),
      Interest(category: "savings", count: 4, lastMs: nowMs - 60_000),
      Interest(category: "cards", count: 1, lastMs: nowMs - 600_000),
    ]
    var history = OfferHistory(proposition: "gold-card", channel: "web")
    (history.presented, history.clicked, history.accepted) = (5, 2, 1)
    history.lastPresentedMs = nowMs
    var other = OfferHistory(proposition: "travel-cover", channel: "e-mail")
    (other.presented, other.rejected) = (3, 1)
    cookie.offers = [history, other]
    cookie.consents = [
      Consent(purpose: "personal-offers", isGiven: true, atMs: nowMs),
      Consent(purpose: "phone", isGiven: false, atMs: nowMs),
    ]
    state.facets[0].body = cookie
    state.facets[1].body.attributes = [
      Attribute(name: "name", value: .string("Ada Jansen"), atMs: nowMs),
      Attribute(name: "age", value: .number(41), atMs: nowMs),
      Attribute(name: "segment", value: .string("affluent"), atMs: nowMs),
      Attribute(name: "has-account", value: .bool(true), atMs: nowMs),
    ]
    state.facets[1].body.orders = [OrderTotal(currency: "EUR", count: 2, amountMinor: 31_400, lastMs: nowMs)]
    return state
  }
}
