import Contracts

/// Reads the steps from an acceptance to net revenue, and finds those that nothing could ever complete.
struct StepReader {
  private let section: Section
  private let channels: [String]

  init(_ section: Section, channels: [String]) {
    self.section = section
    self.channels = channels
  }

  func read() -> [SalesStep] {
    let fields = ["name", "summary", "completedBy", "task", "dueHours"]
    var seen: Set<String> = []
    return section.sections("steps", fields: fields, max: 50).map { step in
      let name = step.id("name")
      if !name.isEmpty, !seen.insert(name).inserted { step.fail("name", "\(name) is there twice") }
      let summary = step.text("summary")
      let task = step.section("task", fields: ["channel", "instruction"]).map { task in
        StepTask(channel: task.channel("channel", among: channels), instruction: task.text("instruction"))
      }
      let dueHours = step.has("dueHours") ? Int(step.integer("dueHours", default: 1, in: 1...100_000)) : nil
      return SalesStep(
        name: name, summary: summary, completedBy: trigger(step, hasTask: task != nil), task: task,
        dueHours: dueHours)
    }
  }

  private func trigger(_ step: Section, hasTask: Bool) -> StepTrigger {
    let fields = ["event", "form", "product", "category"]
    guard let section = step.requiredSection("completedBy", fields: fields) else { return StepTrigger(event: "") }
    let name = section.text("event")
    let trigger = StepTrigger(
      event: name, form: section.optionalText("form"), product: section.optionalText("product"),
      category: section.optionalText("category"))
    guard !name.isEmpty else { return trigger }
    guard let type = Self.events.first(where: { $0.shortName == name }) else {
      section.fail(
        "event", "there is no event \(name)\(Suggestion.text(for: name, among: Self.events.map(\.shortName)))")
      return trigger
    }
    if let reason = Self.whyNever(type, hasTask: hasTask) { section.fail("event", reason) }
    for field in fields.dropFirst() where section.has(field) {
      guard !type.fields.contains(where: { $0.name == field }) else { continue }
      section.fail(field, "\(name) has no \(field), so it never completes the step")
    }
    return trigger
  }

  /// What the suite tells itself completes nothing.
  private static let events = EventType.allCases.filter { $0.topic != nil }

  private static func whyNever(_ type: EventType, hasTask: Bool) -> String? {
    switch type {
    case .nbaRejected: "a rejection loses the lead, so it never completes the step"
    case .taskFailed: "a failed task is asked for again, so it never completes the step"
    case .taskDone: hasTask ? nil : "the step has no task, so none can be done"
    default: nil
    }
  }
}
