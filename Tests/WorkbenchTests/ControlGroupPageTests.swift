// What a screen says of a list that is ranked otherwise for a month.

import Browser
import Contracts
import Foundation
import TestKit
import Testing

@testable import Workbench

extension PagesTests {
  @Test func ofACustomerInAControlGroupItIsSaidHowHisListIsRankedAndNothingIsMultiplied() async throws {
    try scene.put(Scene.catalog)
    try scene.put(scene.fullState())
    let groups: [(ControlGroup, String, String)] = [
      (.randomEligible, "by lot among all that may be offered", "Ranked by lot"),
      (.propensityOnly, "by the probability alone", "Ranked by drawn 60 %"),
      (.valueOnly, "by the value alone", "Ranked by €500"), (.none, "", "Ranked by €300 = drawn 60 % × €500 × 1"),
    ]
    try await open { bench, page in
      try await page.go("\(bench.base)/?identifier=\(Scene.cookie)")
      for (index, (group, ranked, title)) in groups.enumerated() {
        var list = scene.list(["fixed-mortgage", "day-money"], version: Int64(index) + 1)
        list.controlGroup = group
        (list.items[0].valueMinor, list.items[0].probability, list.items[0].propensity) = (50_000, 0.31, 0.6)
        list.items[0].priority =
          switch group {
          case .none: 30_000
          case .randomEligible: 0.97
          case .propensityOnly: 0.6
          case .valueOnly: 50_000
          }
        try scene.put(list)
        try await page.until("the list", "document.querySelector('#list').dataset.list === '\(list.id)'")
        let said: String = try await page.evaluate("document.querySelector('#list .control-group')?.textContent ?? ''")
        #expect(group == .none ? said.isEmpty : said.contains("his lists are ranked \(ranked), so that"), "\(said)")
        let multiplied: Int = try await page.evaluate(
          "document.querySelectorAll('.offer .weight, .offer .mark').length")
        #expect(multiplied == 0, "\(group)")
        let how: String = try await page.evaluate("document.querySelector('.offer .probability').title")
        #expect(how == "accepts with a probability of 31 %. \(title)")
      }
    }
  }
}
