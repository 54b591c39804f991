import Contracts
import Testing

/// A decision's propensities as columns say the same as one by one.
@Suite struct PropensitiesTests {
  private var records: [PropensityRecord] {
    var untried = PropensityRecord(
      proposition: "a", model: "a/web/inbound", modelVersion: 0, mean: -3.25, variance: 0.1)
    untried.drivers = [Feature("age", 0.5)]
    var known = PropensityRecord(proposition: "b", model: "b/web/inbound", modelVersion: 7, mean: 1e-9, variance: 2)
    known.evidenceCount = 12
    var shared = PropensityRecord(proposition: "c/d", model: "c/d/web/inbound", modelVersion: 0, mean: 0, variance: 1)
    shared.siblings = [
      ModelReference(model: "c/d/email/outbound", version: 3, evidenceCount: 4),
      ModelReference(model: "c/d/app/inbound", version: 5, evidenceCount: 6),
    ]
    var both = PropensityRecord(proposition: "e", model: "e/web/inbound", modelVersion: 2, mean: -0.1, variance: 0.3)
    (both.evidenceCount, both.drivers) = (1, [])
    both.siblings = [ModelReference(model: "e/app/inbound", version: 8, evidenceCount: 9)]
    return [untried, known, shared, both]
  }

  @Test func readsBackWhatWasWritten() throws {
    let columns = Propensities(records)
    #expect(columns.records == records)
    #expect(try Propensities(json: columns.json) == columns)
    #expect(Propensities([]).records == [])
  }

  @Test func whatHasNoRoomIsLeftOutButNotWhatWasListed() throws {
    let untried = (0..<400).map {
      PropensityRecord(proposition: "p\($0)", model: "p\($0)/web/inbound", modelVersion: 0, mean: -3, variance: 0.1)
    }
    var columns = Propensities(untried + records)
    let size = columns.json.count
    columns.shorten(to: size)
    #expect(columns.left == 0)
    columns.shorten(to: size / 2)
    #expect(columns.json.count <= size / 2)
    #expect(columns.records.count > 150)
    #expect(columns.left == Int64(404 - columns.records.count))
    #expect(columns.records.prefix(2).map(\.proposition) == ["a", "e"])
    #expect(try Propensities(json: columns.json) == columns)
    columns.shorten(to: -1)
    #expect(columns.records == [])
    #expect(columns.left == 404)
  }

  @Test func columnsOfUnequalLengthAreReadAsFarAsTheyGo() throws {
    var columns = Propensities(records)
    columns.modelKinds = [-1, 99]
    columns.modelCounts[2] = .max
    columns.means.removeLast()
    #expect(columns.records.map(\.proposition) == ["a", "b", "c/d"])
    columns.modelCounts = [-5, .min]
    #expect(columns.records.map(\.proposition) == ["a", "b"])
  }
}
