// The catalogue's page and a decision's, in the same browser.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

extension PagesTests {
  @Test func theCatalogueAndADecisionCanBeRead() async throws {
    var catalog = Scene.catalog
    let limits = [(5, .day, .acceptances), (3, .ever, .acceptances)].map { PropositionLimit(max: $0, per: $1, of: $2) }
    catalog.propositions[catalog.propositions.firstIndex { $0.id == "gold-card" }!].limits = limits
    try scene.put(catalog)
    var budget = Budget(proposition: "gold-card", nowMs: scene.nowMs)
    budget.counts = zip(limits, [2, 3]).map { BudgetCount(limit: $0, sinceMs: scene.nowMs, taken: $1) }
    try scene.put(Topics.budgets, key: "gold-card", budget.json)
    let list = scene.list(["fixed-mortgage", "day-money", "gold-card"], version: 1)
    try scene.put(list)
    let records = ["fixed-mortgage", "day-money", "gold-card", "savings-plan"].enumerated().map { index, id in
      var record = PropensityRecord(
        proposition: id, model: "\(id)/web/inbound", modelVersion: 41, mean: -0.8 - 0.7 * Double(index),
        variance: 0.05 * Double(index + 1))
      record.drivers = [Feature("interest=mortgage", 0.8), Feature("channel=web", -0.1)]
      return record
    }
    var decision = NbaDecision(
      list: list.id, contact: Scene.contact, version: 1, atMs: scene.nowMs, catalogVersion: Scene.catalog.version,
      profile: scene.fullState(), propensities: Propensities(records), settings: ScoringSettings())
    decision.group = GroupAggregate(
      segment: "newcomers", version: 12, atMs: scene.nowMs, members: 40,
      interests: [GroupInterest(category: "mortgage", members: 10), GroupInterest(category: "savings", members: 5)])
    try scene.put(Topics.nbaDecisions, key: Scene.profile, Scene.json(decision))
    try await open { bench, page in
      try await page.go("\(bench.base)/catalog")
      try await page.until("the propositions", "document.querySelectorAll('.proposition').length === 7")
      let isSaid = "document.querySelector('#gold-card .chips')?.textContent.includes('3 of 3 acceptances ever')"
      try await page.until("its limits", isSaid)
      try await page.picture("catalog")
      try await page.click("#fixed-mortgage summary")
      try await page.until("its rules", "document.querySelector('#fixed-mortgage .rules')?.getClientRects().length")
      try await page.picture("catalog-open")
      try await page.go("\(bench.base)/decisions/\(list.id)")
      try await page.until("the portfolio", "document.querySelectorAll('.portfolio tbody tr').length === 7")
      // What is multiplied before the reader's eyes comes out as what stands beside it, and in money.
      let numbers: [[Double]] = try await page.evaluate(
        """
        [...document.querySelectorAll('.portfolio tr.listed')].map((row) =>
          [...row.querySelectorAll('td.num')].map((cell) => Number(cell.textContent.replace(/[^0-9.]/g, ''))))
        """)
      #expect(numbers.count == 3)
      for row in numbers {
        let (probability, drawn, context, value, lever, priority) = (row[0], row[1], row[2], row[3], row[4], row[5])
        #expect(drawn != probability)
        #expect(abs(drawn / 100 * context * value * lever - priority) <= priority * 0.002, "\(row)")
      }
      let legend: String = try await page.evaluate("document.querySelector('.legend').textContent")
      #expect(legend.hasPrefix("Priority = P drawn × C × V × L."))
      let refusal: String = try await page.evaluate("document.querySelector('.dropped .refusal').textContent")
      #expect(refusal == "Not met: is of age")
      let standIn: String = try await page.evaluate("document.querySelector('.stand-in').textContent")
      #expect(standIn.contains("“newcomers”") && standIn.contains("40 of its customers (version 12): mortgage 25 %"))
      try await page.click(".funnel-chart li:nth-child(3) button")
      try await page.until("the stage's drops", "document.querySelectorAll('.portfolio tbody tr').length === 1")
      try await page.click(".funnel-chart li:nth-child(3) button")
      try await page.picture("decision")
      try await page.resize(width: 1_280, height: 800, isDark: true)
      try await page.picture("decision-dark")
    }
  }

  @Test func ofADecisionOfAnOlderBuildThePageHasTheList() async throws {
    try scene.put(Scene.catalog)
    let list = scene.list(["fixed-mortgage", "day-money", "gold-card"], version: 1)
    try scene.put(list)
    try scene.put(Topics.nbaDecisions, key: Scene.profile, try scene.olderDecision(1))
    try await open { bench, page in
      try await page.go("\(bench.base)/decisions/\(list.id)")
      try await page.until("the list", "document.querySelectorAll('.portfolio tbody tr').length === 3")
      let notice: String = try await page.evaluate("document.querySelector('.notice').textContent")
      #expect(notice.hasPrefix("This decision was recorded by an older build (propensities: "))
      #expect(notice.contains("its list is below"))
      let first: String = try await page.evaluate("document.querySelector('.portfolio tbody tr').textContent")
      #expect(first.contains("Mortgage") && first.contains("31 %"), "\(first)")
      try await page.picture("decision-older")
    }
  }
}
