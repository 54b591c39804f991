// Health as a list of named checks. Three questions are asked of it: has it started, does it live, may it get work?

import Foundation
import Synchronization

package struct CheckState: Sendable, Equatable {
  package var ok: Bool
  package var detail: String

  package init(ok: Bool, detail: String) {
    self.ok = ok
    self.detail = detail
  }
}

package final class Health: Sendable {
  package enum Question: String, Sendable, CaseIterable {
    /// Failing ones are restarted.
    case live
    /// Failing ones get no requests.
    case ready
  }

  private struct State {
    var checks: [(name: String, question: Question, check: @Sendable () -> CheckState)] = []
    var hasStarted = false
    var isDraining = false
    var onDrain: [@Sendable () -> Void] = []
  }

  package struct Report: Sendable {
    package var ok: Bool
    package var checks: [(name: String, state: CheckState)]

    package var json: String {
      let items = checks.map {
        let name = JSONText.quoted($0.name)
        return "{\"name\":\(name),\"ok\":\($0.state.ok),\"detail\":\(JSONText.quoted($0.state.detail))}"
      }
      return "{\"status\":\"\(ok ? "ok" : "unavailable")\",\"checks\":[\(items.joined(separator: ","))]}"
    }
  }

  private let state = Mutex(State())

  package init() {}

  /// A check is called from the operations server at any time; it must answer at once from what is known.
  package func add(_ name: String, _ question: Question = .ready, check: @escaping @Sendable () -> CheckState) {
    state.withLock { $0.checks.append((name, question, check)) }
  }

  /// From now on this process wants no new work.
  package func drain() {
    let handlers = state.withLock { state in
      defer { state.onDrain = [] }
      state.isDraining = true
      return state.onDrain
    }
    for handler in handlers { handler() }
  }

  /// Called once, when draining begins.
  package func onDrain(_ handler: @escaping @Sendable () -> Void) {
    state.withLock { $0.onDrain.append(handler) }
  }

  package func live() -> Report { report(.live) }

  package func ready() -> Report {
    var report = report(.ready)
    let draining = state.withLock {
      if report.ok { $0.hasStarted = true }
      return $0.isDraining
    }
    if draining {
      report.ok = false
      report.checks.append(("shutdown", CheckState(ok: false, detail: "draining")))
    }
    return report
  }

  /// Started is what was ready once: a later lapse is a matter of readiness, not of starting.
  package func started() -> Report {
    if state.withLock({ $0.hasStarted }) {
      return Report(ok: true, checks: [("started", CheckState(ok: true, detail: "has been ready"))])
    }
    return report(.ready, noting: true)
  }

  private func report(_ question: Question, noting: Bool = false) -> Report {
    let checks = state.withLock { $0.checks }.filter { $0.question == question }
    let states = checks.map { (name: $0.name, state: $0.check()) }
    let ok = states.allSatisfy { $0.state.ok }
    if noting, ok { state.withLock { $0.hasStarted = true } }
    return Report(ok: ok, checks: states)
  }
}
