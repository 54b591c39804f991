import Contracts

/// Reads the steps from an acceptance to net revenue.
struct StepReader {
  private let section: Section
  private let channels: [String]

  init(_ section: Section, channels: [String]) {
    self.section = section
    self.channels = channels
  }

  func read() -> [SalesStep] {
    let fields = ["name", "summary", "completedBy", "task", "dueHours"]
    return section.sections("steps", fields: fields, max: 50).map { step in
      let name = step.text("name")
      let summary = step.text("summary")
      let task = step.section("task", fields: ["channel", "instruction"]).map { task in
        StepTask(channel: task.channel("channel", among: channels), instruction: task.text("instruction"))
      }
      let dueHours = step.says("dueHours") ? Int(step.integer("dueHours", default: 1)) : nil
      return SalesStep(name: name, summary: summary, completedBy: trigger(step), task: task, dueHours: dueHours)
    }
  }

  private func trigger(_ step: Section) -> StepTrigger {
    let fields = ["event", "form", "product", "category", "purpose"]
    guard let section = step.requiredSection("completedBy", fields: fields) else { return StepTrigger(event: "") }
    return StepTrigger(
      event: section.text("event"), form: section.optionalText("form"), product: section.optionalText("product"),
      category: section.optionalText("category"), purpose: section.optionalText("purpose"))
  }
}
