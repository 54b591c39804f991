import Contracts

// Whom a step asks for its task, and in which channel. A task is an approach to the customer, so what he has refused holds
// for it as for a list: who said no to a channel is not approached in it. Whoever carries it out looks at his consents once
// more at that moment, and fails the task where he has said no since: then it is asked for in another way.

extension LeadWork {
  /// Finds out whether there is a way to ask for the task of the step under way, so that what is said of the lead says it.
  mutating func judgeTask(_ index: Int) {
    let lead = state.leads[index]
    let task = lead.status == .open ? lead.currentStep?.task : nil
    let isWithheld = task.map { lead.taskChannel($0, refused: refused) == nil } ?? false
    state.leads[index].isTaskWithheld = isWithheld ? true : nil
  }

  mutating func requestTask(_ index: Int) {
    let lead = state.leads[index]
    guard lead.status == .open, let step = lead.currentStep, let task = step.task,
      let channel = lead.taskChannel(task, refused: refused)
    else { return }
    outputs.append(
      .task(
        ContactTask(
          id: lead.taskId, lead: lead.id, proposition: lead.proposition, step: step.name, channel: channel,
          instruction: task.instruction, identifier: lead.identifier, dueMs: lead.dueMs),
        contact: lead.contact))
  }

  /// The customer has said something about what he wants. What is under way stays under way.
  mutating func take(_ consents: [Consent]) {
    let refused = Set(consents.lazy.filter { !$0.isGiven && !$0.isOfTopic }.map(\.purpose))
    guard refused != self.refused else { return }
    state.refusedPurposes = refused.isEmpty ? nil : refused.sorted()
    isChanged = true
    requestWithheldTasks()
  }

  /// Where there is a way now, by what he has said since or to the profile that the lead has come to.
  mutating func requestWithheldTasks() {
    for index in state.leads.indices where state.leads[index].isTaskWithheld == true {
      judgeTask(index)
      guard state.leads[index].isTaskWithheld == nil else { continue }
      requestTask(index)
      isChanged = true
    }
  }

  private var refused: Set<String> { Set(state.refusedPurposes ?? []) }
}

extension Lead {
  /// First the step's own channel, then the one in which the customer accepted, then a person who calls; without those that
  /// he has refused. nil: he has refused them all.
  fileprivate func taskChannel(_ task: StepTask, refused: Set<String>) -> String? {
    var ways = [task.channel]
    for way in [channel, "call-centre"] where !way.isEmpty && !ways.contains(way) { ways.append(way) }
    // What he has complained of or asked himself is no marketing: he waits for the answer.
    if !isService { ways.removeAll { !refused.isDisjoint(with: Consent.purposes(ofChannel: $0)) } }
    return ways.isEmpty ? nil : ways[failures % ways.count]
  }

  /// Of a process that the customer has opened himself, without a list.
  private var isService: Bool { list.isEmpty }
}

extension LeadState {
  /// Nothing is known but what he has refused: that alone makes nobody of whom more is worth keeping.
  var isOfConsentsAlone: Bool {
    leads.isEmpty && left.isEmpty && recent.isEmpty && pending == nil && partingMs == nil
  }
}
