import Contracts
import LeadManagerCore
import MessageLog
import Streams

/// The lead manager's one processor: what customers do and refuse and what sales people ask in, leads and the next tasks out.
package enum LeadManager {
  package static func leads(secret: String, namespaces: Namespaces = .standard) -> Processor<LeadManagerState> {
    Processor(
      group: .leads,
      inputs: [Topics.profileTimeline, Topics.leadCommands, Topics.budgetAnswers, Topics.consentState],
      globals: [Topics.marketingCatalog],
      table: Topics.leadState,
      outputs: [Topics.leadEvents, Topics.contactTasks, Topics.leadCommands, Topics.budgetRequests],
      makeLogic: { LeadLogic(mint: IdMint(secret: secret), namespaces: namespaces) })
  }
}

extension LeadManager: ProcessorService {
  package static let executable = Executable.leadManager
  package static let options: [ServiceOption] = []

  package static func processors(_ options: ServiceOptions) -> [AnyProcessor] {
    [AnyProcessor(leads(secret: options.secret, namespaces: options.namespaces))]
  }
}

/// A customer's leads as they stand in `lead.state`.
package struct LeadManagerState: TableValue, Equatable {
  package var leads: LeadState

  package init(_ leads: LeadState) { self.leads = leads }

  package static func decode(_ bytes: [UInt8]) throws -> LeadManagerState {
    LeadManagerState(try JSONCoding.decode(LeadState.self, from: bytes))
  }

  package func encode() -> [UInt8] { JSONCoding.encode(leads) }

  package var nextDueMs: Int64? { leads.nextDueMs }
}
