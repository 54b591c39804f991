// fault-sim [--seed n] [--runs n] [--kind k] [--mutate name] [--lines n]: runs schedules n, n+1, … and stops at one that
// breaks an invariant, with its seed and the last that happened. The same seed is the same run.
// fault-sim --mutations n: how many runs of each kind it takes to notice each rule that is left out, n at most.

import FaultSimulation
import Streams

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

let options = Options(CommandLine.arguments.dropFirst())

if let limit = options.number("mutations") {
  var missed = 0
  for (name, policy) in CommitPolicy.mutations {
    var noticed = false
    let texts = try (options.kind.map { [$0] } ?? Simulation.Kind.allCases).map { kind in
      let runs = try Simulation.runsToNotice(policy, kind, limit: limit)
      if runs != nil { noticed = true }
      return "\(kind.rawValue) \(runs.map(String.init) ?? "none of \(limit)")"
    }
    if !noticed { missed += 1 }
    print("\(name): noticed in run: \(texts.joined(separator: ", "))")
  }
  exit(missed == 0 ? 0 : 2)
}

let seed = UInt64(options.number("seed") ?? 1)
let runs = options.number("runs") ?? 1
let kind = options.kind
let policy = options.policy

// A broken precondition ends the process; the seeds under way must not be lost with it.
for trap in [SIGILL, SIGTRAP, SIGABRT] {
  signal(trap) { number in
    print("fault-sim: the process ends at seeds \(Progress.shared.underWay)")
    signal(number, SIG_DFL)
    raise(number)
  }
}

let clock = ContinuousClock()
let began = clock.now
let workers = min(runs, max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
let failure = try await withThrowingTaskGroup(of: Simulation.Failure?.self) { group in
  for _ in 0..<workers {
    group.addTask {
      while let next = Progress.shared.take(from: seed, count: runs) {
        let outcome = try Simulation.run(seed: next, kind: kind, policy: policy)
        Progress.shared.finish(next, outcome.happened)
        if let failure = outcome.failure { return failure }
      }
      return nil
    }
  }
  var first: Simulation.Failure?
  for try await failure in group {
    guard let failure else { continue }
    Progress.shared.stop()
    if failure.seed < first?.seed ?? .max { first = failure }
  }
  return first
}

if let failure {
  for line in failure.trace.suffix(options.number("lines") ?? 200) { print(line) }
  print("\nfault-sim: seed \(failure.seed) (\(failure.kind.rawValue)):")
  for violation in failure.violations { print("  \(violation)") }
  print("the same again: make fault-sim SEED=\(failure.seed) RUNS=1\(options.again)")
  exit(2)
}
let seconds = Double((clock.now - began) / .milliseconds(1)) / 1_000
let happened = Progress.shared.happened
print(happened.table)
print(
  "fault-sim: \(runs) schedules from seed \(seed), nothing lost, nothing double; "
    + "\(Int(Double(runs) / max(seconds, 0.001))) a second")
// Of fewer schedules something may be missing by chance.
let missing = runs < 1_000 ? [] : happened.missing(kind)
if !missing.isEmpty {
  print("fault-sim: in all of them this never happened: \(missing.map(\.rawValue).joined(separator: ", "))")
  exit(2)
}
