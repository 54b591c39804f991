// A marketer drafts a change of the catalogue in front of the running suite, sees what it would do, and a colleague
// approves it. TRIAS_SCREENSHOTS names a folder to leave pictures in.

import Browser
import Foundation
import Testing

extension BrowserTests {
  @Test(.timeLimit(.minutes(5)))
  func aDraftIsWrittenByOneApprovedByAnotherAndInForce() async throws {
    try await open { suite, page in
      // A visitor, so that there is somebody for whom it would change something.
      try await page.until("the first list", "document.querySelectorAll('.offer[data-key]').length > 2")
      let visitor: String = try await page.evaluate(
        "fetch('/workbench/api/visitor').then((r) => r.json()).then((v) => v.identifier)")
      let first: String = try await page.evaluate("document.querySelector('.offer[data-key]').dataset.key")

      try await page.go("\(suite.base)/catalog/drafts?token=\(RunningSuite.ann)")
      try await page.until("that there are none", "document.querySelector('#drafts .empty')")
      try await page.picture("drafts-none")
      try await page.click("#new")
      try await page.type("Without the best", into: "dialog [name=name]")
      try await page.picture("drafts-new")
      try await page.press("Enter")
      try await page.until(
        "the text of what is in force", "document.querySelector('#text')?.value.includes('currency: EUR')")
      try await page.until(
        "that nothing is wrong", "document.querySelector('#mistakes .good')?.textContent.includes('Nothing is wrong')")

      // Something that is wrong stands at its line, may be kept, and can't be submitted.
      try await change(page, "'currency: EUR', 'currency: EUR\\nsurprise: 1'")
      try await page.click("#check")
      try await page.until("the mistake", "document.querySelector('#mistakes .link')?.textContent.startsWith('line ')")
      try await page.until(
        "its line",
        "document.querySelector('.gutter .wrong')?.textContent.trim() === document.querySelector('#mistakes .link').textContent.slice(5)"
      )
      try await page.picture("draft-wrong")
      try await page.click("#save")
      try await page.until("the mistake's chip", "document.querySelector('#draft-head .chip.bad')")
      #expect(try await page.evaluate("document.querySelectorAll('[data-deed=submit]').length") == 0)
      try await change(page, "'\\nsurprise: 1', ''")
      try await change(page, "'- id: \(first)\\n', '- id: \(first)\\n    paused: true\\n'")
      try await change(page, "'valueMinor: 185000', 'valueMinor: 190000'")
      try await change(page, "'answers within three working days', 'answers within two working days'")
      try await page.click("#save")
      try await page.until("that it is sound", "document.querySelector('[data-deed=submit]')")
      try await page.picture("draft-text")

      try await page.click("[data-tab=difference]")
      try await page.until(
        "the difference",
        "['yes', '€1,900.00', 'within two working days'].every((text) => [...document.querySelectorAll('.difference-row ins')].some((one) => one.textContent.includes(text)))"
      )
      try await page.picture("draft-difference")
      try await page.click("[data-tab=rehearsal]")
      try await page.click("#rehearse button")
      try await page.until("the sample", "document.querySelector('#sample table')")
      try await page.until("everybody's lists", "document.querySelectorAll('.sampled tr[data-profile]').length > 0")
      try await page.until(
        "what changes marked, and first",
        "document.querySelector('.sampled tr[data-profile]').matches('.changed') && document.querySelector('.sampled .went .change')"
      )
      try await page.click(".sampled [aria-expanded]")
      try await page.until("the reasons", "document.querySelector('.more-row:not([hidden]) .reasons li')")
      try await page.picture("draft-sample")
      try await page.type(visitor, into: "#identifier")
      try await page.press("Enter")
      try await page.until("both lists", "document.querySelectorAll('#customer .offers-beside').length === 2")
      try await page.until("why", "document.querySelector('#customer .whys b')")
      try await page.picture("draft-rehearsal")
      try await page.click("[data-deed=submit]")
      try await page.type("It is to rest for a while", into: "dialog [name=reason]")
      try await page.click("dialog .primary")
      try await page.until(
        "that a second person is asked",
        "document.querySelector('#draft-head')?.textContent.includes('waits for a second')")
      #expect(try await page.evaluate("document.querySelectorAll('[data-deed=approve]').length") == 0)
      try await page.picture("draft-submitted")
      #expect(try await page.evaluate("document.querySelectorAll('.toast.error').length") == 0)
      let draft: String = try await page.evaluate("location.pathname")

      try await page.go("\(suite.base)/catalog/drafts")
      try await page.until("it in the list", "document.querySelector('.draft-row .chip.warn')")
      try await page.picture("drafts-list")
      try await page.go("\(suite.base)\(draft)?token=\(RunningSuite.ben)")
      try await page.until("that he may", "document.querySelector('[data-deed=approve]')")
      try await page.picture("draft-second-person")
      try await page.click("[data-deed=approve]")
      try await page.until("the question when", "document.querySelector('dialog [name=at]')")
      try await page.picture("draft-approve")
      try await page.click("dialog .primary")
      try await page.until(
        "that it is in force", "document.querySelector('#draft-head .chip.good')?.textContent.includes('version 2')")
      try await page.click("[data-tab=history]")
      try await page.until("who did what", "document.querySelectorAll('#acts li').length >= 5")
      #expect(try await page.evaluate("document.querySelectorAll('.toast.error').length") == 0)
      try await page.picture("draft-applied")
      try await page.resize(width: 390, height: 844)
      for tab in ["difference", "rehearsal", "text", "history"] {
        try await page.click("[data-tab=\(tab)]")
        let overflow: Int = try await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        #expect(overflow <= 0, "nothing of \(tab) lies beside a phone's screen")
        try await page.picture("draft-phone-\(tab)")
      }
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("draft-dark")

      // The visitor's next list is without it.
      try await page.go("\(suite.base)/catalog")
      try await page.until(
        "the new version", "document.querySelector('#catalog-head')?.textContent.includes('version 2')")
      try await page.until(
        "that it is paused", "document.getElementById('\(first)')?.textContent.includes('paused')")
      try await page.go("\(suite.base)/")
      try await page.until("a list", "document.querySelectorAll('.offer[data-key]').length > 1")
      try await page.click("a[href=\"/shop/mortgages\"]", in: Self.shop)
      try await page.until(
        "a list without it",
        "document.querySelector('.offer[data-key]') && !document.querySelector('.offer[data-key=\"\(first)\"]')")
    }
  }

  /// Types into the catalogue's text: one passage for another.
  private func change(_ page: BrowserPage, _ passages: String) async throws {
    let _: Bool = try await page.evaluate(
      """
      (() => { const field = document.querySelector('#text'); field.value = field.value.replace(\(passages)); \
      field.dispatchEvent(new Event('input')); return true; })()
      """)
  }
}
