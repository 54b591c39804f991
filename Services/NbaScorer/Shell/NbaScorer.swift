import Contracts
import NbaScorerCore
import Streams

/// The processors of nba-scorer: one decides, one gives out what there is only so much of, one learns, one brings approved
/// drafts of the catalogue into force.
package enum NbaScorer {
  /// `secret` is the deployment's: list ids are made under it.
  package static func scorer(secret: String, settings: ScoringSettings = ScoringSettings()) -> Processor<ScorerState> {
    Processor(
      group: .scorer, inputs: [Topics.profileState, Topics.budgetAnswers],
      globals: [Topics.groupAggregates, Topics.marketingCatalog, Topics.budgets, Topics.nbaModels],
      table: Topics.nbaContacts,
      outputs: [Topics.nbaLists, Topics.nbaDecisions, Topics.nbaEvidence, Topics.budgetRequests]
    ) {
      ScorerLogic(mint: IdMint(secret: secret), settings: settings)
    }
  }

  /// `secret` as for the scorer.
  package static func budgets(secret: String) -> Processor<Budget> {
    Processor(
      group: .budgets, inputs: [Topics.budgetRequests], globals: [Topics.marketingCatalog], table: Topics.budgets,
      outputs: [Topics.budgetAnswers]
    ) {
      BudgetsLogic(mint: IdMint(secret: secret))
    }
  }

  /// At most one version of a model a second: fresher ones would cost more records than they are worth.
  package static func trainer() -> Processor<PropensityModel> {
    Processor(
      group: .trainer, inputs: [Topics.nbaEvidence], table: Topics.nbaModels, outputs: [], batchIntervalMs: 1_000
    ) {
      TrainerLogic()
    }
  }

  package static func drafts() -> Processor<CatalogDraft> {
    Processor(
      group: .drafts, inputs: [Topics.draftCommands], globals: [Topics.marketingCatalog],
      table: Topics.marketingDrafts, outputs: [Topics.marketingCatalog]
    ) {
      DraftsLogic()
    }
  }
}
