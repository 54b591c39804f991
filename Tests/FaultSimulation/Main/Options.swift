import FaultSimulation
import Streams

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The command line: `--name value`, any number of times.
struct Options: Sendable {
  private var values: [String: String] = [:]

  init(_ arguments: ArraySlice<String>) {
    var arguments = arguments
    while let name = arguments.popFirst() {
      guard name.hasPrefix("--"), let value = arguments.popFirst() else { usage("\(name) needs a value") }
      guard ["seed", "runs", "kind", "mutate", "lines", "mutations"].contains(name.dropFirst(2)) else {
        usage("there is no \(name)")
      }
      values[String(name.dropFirst(2))] = value
    }
  }

  func number(_ name: String) -> Int? {
    values[name].map { text in
      guard let number = Int(text), number > 0 else { usage("--\(name): no number above 0: \(text)") }
      return number
    }
  }

  var kind: Simulation.Kind? {
    values["kind"].map { name in
      guard let kind = Simulation.Kind(rawValue: name) else { usage("no kind: \(name)") }
      return kind
    }
  }

  /// What is to be said beside the seed, so that the same run comes again.
  var again: String {
    [("kind", "KIND"), ("mutate", "MUTATE")].compactMap { name, variable in
      values[name].map { " \(variable)=\($0)" }
    }.joined()
  }

  var policy: CommitPolicy {
    guard let name = values["mutate"] else { return [] }
    guard let mutation = CommitPolicy.mutations.first(where: { $0.name == name }) else { usage("no mutation: \(name)") }
    return mutation.policy
  }
}

private func usage(_ why: String) -> Never {
  let names = CommitPolicy.mutations.map(\.name).joined(separator: ", ")
  print(why)
  print("usage: fault-sim [--seed n] [--runs n] [--kind small|suite] [--mutate name] [--lines n]")
  print("       fault-sim --mutations n [--kind small|suite]")
  print("mutations: \(names)")
  exit(1)
}
