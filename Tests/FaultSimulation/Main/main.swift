// fault-sim [--seed n] [--runs n] [--kind k] [--mutate name] [--lines n]: runs schedules n, n+1, … and stops at the
// first that breaks an invariant, with its seed and the last that happened. The same seed is the same run.

import FaultSimulation
import Streams

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

var seed: UInt64 = 1
var runs = 1
var policy: CommitPolicy = []
var kind: Simulation.Kind?
var lines = 200

func usage(_ why: String) -> Never {
  let names = CommitPolicy.mutations.map(\.name).joined(separator: ", ")
  print(
    "\(why)\nusage: fault-sim [--seed n] [--runs n] [--kind \(Simulation.Kind.allCases)] [--mutate name] [--lines n]\n  \(names)"
  )
  exit(1)
}

var arguments = CommandLine.arguments.dropFirst()
while let name = arguments.popFirst() {
  guard let value = arguments.popFirst() else { usage("\(name) needs a value") }
  switch name {
  case "--seed": seed = UInt64(value) ?? { usage("no seed: \(value)") }()
  case "--runs": runs = Int(value) ?? { usage("no number: \(value)") }()
  case "--lines": lines = Int(value) ?? { usage("no number: \(value)") }()
  case "--kind": kind = Simulation.Kind(rawValue: value) ?? { usage("no kind: \(value)") }()
  case "--mutate":
    policy = CommitPolicy.mutations.first { $0.name == value }?.policy ?? { usage("no mutation: \(value)") }()
  default: usage("no option: \(name)")
  }
}

nonisolated(unsafe) var running: UInt64 = 0
// A broken precondition ends the process; the seed must not be lost with it.
for trap in [SIGILL, SIGTRAP, SIGABRT] {
  signal(trap) { number in
    print("fault-sim: seed \(running) ends the process")
    signal(number, SIG_DFL)
    raise(number)
  }
}

let clock = ContinuousClock()
let began = clock.now
for next in seed..<(seed + UInt64(runs)) {
  running = next
  guard let failure = try Simulation.run(seed: next, kind: kind, policy: policy) else { continue }
  for line in failure.trace.suffix(lines) { print(line) }
  print("\nfault-sim: seed \(failure.seed) (\(failure.kind.rawValue)), after \(next - seed + 1) runs:")
  for violation in failure.violations { print("  \(violation)") }
  print("the same again: make fault-sim SEED=\(failure.seed) RUNS=1")
  exit(2)
}
let seconds = Double((clock.now - began) / .milliseconds(1)) / 1_000
print(
  "fault-sim: \(runs) schedules from seed \(seed), nothing lost, nothing double; \(Int(Double(runs) / max(seconds, 0.001))) a second"
)
