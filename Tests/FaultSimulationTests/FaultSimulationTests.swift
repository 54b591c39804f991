import FaultSimulation
import Streams
import Testing

@Suite("Faults from a seed")
struct FaultSimulationTests {
  @Test func nothingIsLostAndNothingIsDouble() throws {
    for seed: UInt64 in 1...300 {
      let failure = try Simulation.run(seed: seed)
      #expect(failure == nil, "seed \(seed): \(failure?.violations ?? [])")
    }
  }
}
