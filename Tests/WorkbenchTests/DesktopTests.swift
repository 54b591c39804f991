// The agent's desktop, in the same browser.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

extension PagesTests {
  @Test func onTheAgentsDesktopACallIsLedAndAnsweredWithRealEvents() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.fullState())
    try scene.put(scene.list(["day-money", "gold-card"], version: 1))
    try await open { bench, page in
      try await page.go("\(bench.base)/agent")
      try await page.click(".recent button")
      try await page.until("the customer", "document.querySelector('.person-name b')?.textContent === 'Ada Jansen'")
      try await page.click("#find .primary")
      try await eventually("the start of the call") { scene.records(Topics.channelInteractions).count == 1 }
      let start = try Interaction.decode(
        type: .contactStarted, data: try #require(scene.records(Topics.channelInteractions)[0].value))
      let contact = try #require(start.contact)
      try scene.put(scene.list(["fee-waiver", "advisor-call", "gold-card"], version: 1, contact: contact))
      try await page.until("the call's list", "document.querySelector('.offer b')?.textContent.startsWith('A year')")
      // What to say can be read before anything is said, and reading it says nothing to anybody.
      try await page.click(".offer .script summary")
      try await page.until("what to say", "document.querySelector('.script[open] blockquote')")
      #expect(scene.records(Topics.channelInteractions).count == 1)
      try await page.click(".offer [data-act=\"pitch\"]")
      try await eventually("the presentation") { scene.records(Topics.channelInteractions).count == 2 }
      try await page.picture("agent")
      try await page.click(".offer [data-act=\"reject\"]")
      try await page.until("the question", "document.querySelector('dialog[open]')")
      try await page.picture("agent-reject")
      try await page.click("dialog .primary")
      try await eventually("the rejection") { scene.records(Topics.channelInteractions).count == 3 }
      try await page.click("#hang-up")
      try await eventually("the end") { scene.records(Topics.channelInteractions).count == 4 }
      try await page.until("nothing to answer any more", "!document.querySelector('[data-act]')")
      let types = try scene.records(Topics.channelInteractions).map { try Envelope($0.headers).type }
      #expect(types == [EventType.contactStarted, .nbaPresented, .nbaRejected, .contactEnded].map(\.rawValue))
      let said = try Interaction.decode(
        type: .nbaRejected, data: try #require(scene.records(Topics.channelInteractions)[2].value))
      #expect(said.proposition == "fee-waiver")
      #expect(said.reason == "not interested")
      try await page.resize(width: 390, height: 844)
      try await page.picture("agent-phone")
    }
  }

  @Test func whatWasPressedOnTheAgentsDesktopCantBePressedUntilItsAnswerIsThere() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.fullState())
    func twice(_ selector: String) -> String {
      "(() => { const one = document.querySelector('\(selector)'); one.click(); one.click(); return one.disabled; })()"
    }
    try await open { bench, page in
      try await page.go("\(bench.base)/agent")
      try await page.click(".recent button")
      try await page.until("the customer", "document.querySelector('.person-name b')?.textContent === 'Ada Jansen'")
      // What failed can be tried again.
      let failing =
        "(() => { const real = fetch; fetch = () => { fetch = real; return Promise.reject(new Error()); }; })()"
      let _: Bool = try await page.evaluate("(\(failing), true)")
      #expect(try await page.evaluate(twice("#find .primary")))
      try await page.until("the failure", "document.querySelector('.toast.error')")
      try await page.until("another try", "!document.querySelector('#find .primary').disabled")
      #expect(scene.records(Topics.channelInteractions).isEmpty)

      #expect(try await page.evaluate(twice("#find .primary")))
      try await page.until("the call", "document.querySelector('#call-clock')")
      let start = try #require(scene.records(Topics.channelInteractions).first?.value)
      let contact = try #require(try Interaction.decode(type: .contactStarted, data: start).contact)
      try scene.put(scene.list(["fee-waiver", "advisor-call"], version: 1, contact: contact))
      try await page.until("the call's list", "document.querySelector('[data-act=\"pitch\"]')")
      for act in ["pitch", "accept"] {
        let button = "[data-key=\"fee-waiver\"] [data-act=\"\(act)\"]"
        try await page.until("what to press", "document.querySelector('\(button)')")
        #expect(try await page.evaluate(twice(button)), "\(act)")
        // Also before the suite's answer to the event is there, there is nothing more to say of it.
        try await page.until("its answer", "!document.querySelector('\(button)')")
      }
      #expect(try await page.evaluate(twice("#hang-up")))
      try await page.until("the end of the call", "document.querySelector('#call').hidden")
      let types = try scene.records(Topics.channelInteractions).map { try Envelope($0.headers).type }
      #expect(types == [EventType.contactStarted, .nbaPresented, .nbaAccepted, .contactEnded].map(\.rawValue))
    }
  }

  @Test func inACallItIsRecordedWhatTheCustomerAgreesTo() async throws {
    var catalog = Scene.catalog
    catalog.propositions[0].purpose = "profiling"
    try scene.put(catalog)
    try scene.put(scene.fullState())
    try await open { bench, page in
      try await page.go("\(bench.base)/agent")
      try await page.click(".recent button")
      try await page.until("the customer", "document.querySelector('.person-name b')?.textContent === 'Ada Jansen'")
      try await page.click("#find .primary")
      try await page.click("#consent")
      try await page.until("what it may be for", "document.querySelectorAll('dialog [name=purpose] option').length > 2")
      try await page.picture("agent-consent")
      // Who turns back has recorded nothing.
      try await page.click("dialog [value=cancel]")
      try await page.click("#consent")
      let _: Bool = try await page.evaluate(
        "(document.querySelector('dialog [name=purpose]').value = 'profiling', true)")
      try await page.click("dialog .primary")
      try await eventually("the consent") { scene.records(Topics.channelInteractions).count == 2 }
      try await page.click("#consent")
      try await page.click("dialog [value=withdrawn]")
      try await page.click("dialog .primary")
      try await eventually("its withdrawal") { scene.records(Topics.channelInteractions).count == 3 }
      let said = try scene.records(Topics.channelInteractions).dropFirst().map { record in
        let type = try #require(EventType(rawValue: try Envelope(record.headers).type))
        return (type, try Interaction.decode(type: type, data: try #require(record.value)))
      }
      #expect(said.map(\.0) == [.consentGiven, .consentWithdrawn])
      #expect(said.map(\.1.purpose) == ["profiling", "personal-offers"])
      #expect(said.allSatisfy { $0.1.contact?.hasPrefix("call-") == true })
    }
  }
}
