// A customer's page in a real browser: what is going on, where each value comes from, the graph of his identifiers, and his
// time; with a mouse, with the keyboard and on a phone.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

extension PagesTests {
  static let customerPage = "/customer?identifier=\(Scene.customer)"

  @Test func theCustomersPageSaysWhatIsGoingOnAndWhereEachValueComesFrom() async throws {
    try scene.putCustomer()
    try await open { bench, page in
      try await page.go("\(bench.base)\(Self.customerPage)")
      try await page.until("the customer", "document.querySelector('#who h1')?.textContent === 'Ada Jansen'")
      try await page.until("the open contact", "document.querySelector('#now .contact')?.textContent.includes('Web')")
      try await page.until("his open lead", "document.querySelector('#now .leads-now')?.textContent.includes('Gold')")
      let best: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.best b')].map((b) => b.textContent)")
      #expect(best.count == 3)
      let facts: [String: String] = try await page.evaluate(
        """
        Object.fromEntries([...document.querySelectorAll('#facts .value')].map((v) =>
          [v.querySelector('dt').textContent, v.querySelector('dd').textContent + ' | ' + v.querySelector('.source').textContent]))
        """)
      let name = try #require(facts["Name"])
      for part in ["Ada Jansen | crm", "verified", "the strongest source", "customer:4711"] {
        #expect(name.contains(part), "\(name)")
      }
      #expect(facts["Views 30d"]?.contains("3 | how often “page looked at” in the last 30 d") == true, "\(facts)")
      #expect(facts["Relation"]?.contains("regular | because customer.views_30d >= 2") == true, "\(facts)")
      let other: String = try await page.evaluate("document.querySelector('.others li')?.textContent")
      #expect(other.hasPrefix("A. Janssen shop"))
      try await page.until("the timeline", "document.querySelectorAll('#timeline .event').length === 25")
      try await page.until("the graph", "document.querySelectorAll('.graph path').length === 4")
      try await page.until("the segments", "document.querySelectorAll('.stays li').length === 3")
      try await page.resize(width: 1_280, height: 1_500)
      try await page.picture("customer")
      try await page.resize(width: 1_280, height: 1_500, isDark: true)
      try await page.picture("customer-dark")

      // What is new comes by itself, and what was asked for before stays.
      try await page.click("#timeline [data-focus=\"earlier\"]")
      try await page.until("the earlier ones", "document.querySelectorAll('#timeline .event').length === 33")
      #expect(try await page.evaluate("!document.querySelector('#timeline [data-focus=\"earlier\"]')"))
      var view = Interaction(identifiers: [Identifier(key: Scene.cookie)!])
      (view.channel, view.page) = ("web", "/just-now")
      try scene.put(
        Topics.profileTimeline, key: Scene.profile, type: EventType.pageViewed.rawValue, id: "now", view.json,
        headers: [("ce_facet", "\(Scene.cookie)#0"), ("ce_facetversion", "1"), ("ce_facetseq", "8")])
      var state = scene.fullState()
      state.facets[0].seq = 8
      try scene.put(state)
      try await page.until(
        "the new one", "document.querySelector('#timeline .event')?.textContent.includes('/just-now')")
      let count: Int = try await page.evaluate("document.querySelectorAll('#timeline .event').length")
      #expect(count == 34)
    }
  }

  @Test func theGraphShowsWhatJoinsHisIdentifiersAndWhoIsNotHe() async throws {
    try scene.putCustomer()
    try await open { bench, page in
      try await page.go("\(bench.base)\(Self.customerPage)")
      try await page.until("the graph", "document.querySelectorAll('.graph path').length === 4")
      let nodes: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.graph [data-identifier]')].map((n) => n.dataset.identifier)")
      #expect(nodes == [Scene.customer, "login:ada@example.org", Scene.tablet, Scene.cookie], "the strongest first")
      let joined: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.graph .joined')].map((p) => p.dataset.from + ' ' + p.dataset.to)")
      #expect(
        joined == ["login:ada@example.org", Scene.cookie, Scene.tablet].map { "\(Scene.customer) \($0)" })
      let refused: String = try await page.evaluate(
        "(({ from, to }) => from + ' ' + to)(document.querySelector('.graph .refused').dataset)")
      #expect(refused == "\(Scene.tablet) \(Scene.stranger)")
      let stranger: String = try await page.evaluate("document.querySelector('.graph li.stranger').textContent")
      #expect(stranger.contains("belongs to another person"))
      let people: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.node-facets .chip')].map((c) => c.textContent)")
      #expect(people == ["person 1", "person 3"], "two facets of one device")
      let verdicts: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.verdict-list > li')].map((l) => l.querySelectorAll('.verdict.yes').length + '/' + l.querySelectorAll('.verdict.no').length)"
      )
      #expect(verdicts == ["0/2", "2/0", "3/0"], "the latest first")

      // By keyboard: to the cookie, and what comes from elsewhere steps back; the focus stays when news come.
      try await page.press("Tab", until: "document.activeElement?.dataset.identifier === '\(Scene.cookie)'")
      try await page.press("Enter")
      try await page.until(
        "what comes from elsewhere to step back", "document.querySelectorAll('#facts .back').length > 0")
      let isBack: Bool = try await page.evaluate(
        "[...document.querySelectorAll('#facts [data-facets]')].every((v) => v.classList.contains('back') === !v.dataset.facets.includes('cookie'))"
      )
      #expect(isBack)
      var state = scene.fullState()
      state.facets[1].body.attributes[1].value = .number(42)
      try scene.put(state)
      try await page.until("the news", "document.querySelector('#facts').textContent.includes('42')")
      #expect(try await page.evaluate("document.activeElement?.dataset.identifier === '\(Scene.cookie)'"))
      #expect(try await page.evaluate("document.querySelectorAll('#facts .back').length > 0"))
    }
  }

  @Test func aTelephoneNumberFindsThePageOfTheOnlyOneWhoHasIt() async throws {
    let state = try scene.putCustomer()
    try scene.putPhone(state)
    try await open { bench, page in
      let identifier = "phone:%2B49301234567"
      try await page.go("\(bench.base)/customer?identifier=\(identifier)")
      try await page.until("the customer", "document.querySelector('#who h1')?.textContent === 'Ada Jansen'")
      try await page.until(
        "who has it, in the graph",
        "[...document.querySelectorAll('.graph .joined')].some((p) => p.dataset.from + ' ' + p.dataset.to === '\(Scene.customer) \(Scene.phone)')"
      )
      try await page.until(
        "the verdict in words",
        "[...document.querySelectorAll('.verdict-list > li')].some((l) => l.textContent.includes('finds the only one who has it'))"
      )
    }
  }

  @Test func whoActsForWhomIsOnThePagesOfBothAndLeadsFromOneToTheOther() async throws {
    try scene.putCustomer()
    try scene.putFirm()
    try await open { bench, page in
      try await page.go("\(bench.base)\(Self.customerPage)")
      let rows = "[...document.querySelectorAll('#relations li')].map((l) => l.className + '|' + l.innerText)"
      try await page.until("her relations", "document.querySelectorAll('#relations li').length === 2")
      let hers: [String] = try await page.evaluate(rows)
      #expect(hers[0].hasPrefix("|") && hers[0].contains("HRB 27112") && hers[0].contains("Managing director since"))
      #expect(hers[0].contains("register"))
      #expect(hers[1].hasPrefix("ended|") && hers[1].contains("h-17"), "who does no longer stands below")
      try await page.click("#relations li a")
      try await page.until("the firm", "document.querySelector('#who h1')?.textContent === 'Organisation HRB 27112'")
      let its: [String] = try await page.evaluate(rows)
      #expect(its.count == 1 && its[0].contains("4711") && its[0].contains("Managing director since"))
      #expect(
        try await page.evaluate("document.querySelector('#relations h2').textContent") == "Who acts for it")
      #expect(
        try await page.evaluate(
          "document.querySelector('#now .contact').textContent.includes('spoken for by customer4711')"))
      try await page.resize(width: 1_280, height: 1_000)
      try await page.picture("customer-firm")
      try await page.go("\(bench.base)/customer?identifier=\(Scene.stranger)")
      try await page.until("nobody", "document.querySelector('#nobody')?.textContent.includes('Nobody is known')")
    }
  }

  @Test func onAPhoneTheCustomersPageIsOneColumnWithWhatMattersFirst() async throws {
    try scene.putCustomer()
    try await open { bench, page in
      try await page.resize(width: 390, height: 844)
      try await page.go("\(bench.base)\(Self.customerPage)")
      try await page.until("the graph", "document.querySelectorAll('.graph path').length === 4")
      try await page.until("the timeline", "document.querySelectorAll('#timeline .event').length === 25")
      let width: Int = try await page.evaluate("document.documentElement.scrollWidth")
      #expect(width <= 390, "nothing is beside the page")
      let order: [String] = try await page.evaluate(
        "[...document.querySelectorAll('.customer-grid section.card')].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top).map((s) => s.id)"
      )
      #expect(order == ["who", "now", "segments", "facts", "identity", "relations", "verdicts", "timeline"])
      try await page.picture("customer-phone")
      let _: Bool = try await page.evaluate("(document.querySelector('#identity').scrollIntoView(), true)")
      try await page.picture("customer-phone-identity")
      let _: Bool = try await page.evaluate("(document.querySelector('#facts').scrollIntoView(), true)")
      try await page.picture("customer-phone-facts")
      let _: Bool = try await page.evaluate("(document.querySelector('#timeline').scrollIntoView(), true)")
      try await page.picture("customer-phone-timeline")
    }
  }

  @Test func aCustomerIsFoundFromTheOtherScreensAndCanBeCalledFromHis() async throws {
    try scene.putCustomer()
    try await open { bench, page in
      try await page.go("\(bench.base)/customer")
      try await page.click("#nobody a")
      try await page.until("the customer", "document.querySelector('#who h1')?.textContent === 'Ada Jansen'")
      try await page.click("#take-call")
      try await page.until(
        "the agent's desktop with him", "document.querySelector('.person-name b')?.textContent === 'Ada Jansen'")
      let caller: String = try await page.evaluate("document.querySelector('#value').value")
      #expect(caller == "4711")
      try await page.click(".person .link-chip")
      try await page.until("his page again", "document.querySelector('#who h1')?.textContent === 'Ada Jansen'")
      try await page.type("nobody", into: "#value")
      try await page.click("#find .primary")
      try await page.until(
        "that there is nobody", "document.querySelector('#nobody')?.textContent.includes('Nobody is known')")
      #expect(try await page.evaluate("document.querySelector('#view').hidden"))
    }
  }
}
