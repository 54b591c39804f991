import Contracts
import MessageLog
import NbaScorerCore
import Streams

/// Evidence in, models out: one key per model, one trainer per key.
final class TrainerLogic: Logic {
  typealias State = PropensityModel

  func step(
    _ key: String, _ state: PropensityModel?, _ input: Input, now: Int64
  ) throws(Refusal) -> Step<PropensityModel> {
    guard case .event(let record, _) = input, let value = record.value else { return .nothing }
    let evidence = try NbaEvidence(data: value)
    guard evidence.model == key else {
      throw Refusal(stage: "schema", field: "model", reason: "is \(evidence.model), but the record's key is \(key)")
    }
    var model = state ?? PropensityModel(id: key)
    guard model.learn(evidence) else { return .nothing }
    model.version += 1
    return Step(.set(model))
  }

  func now(of state: PropensityModel) -> Int64 { state.updatedMs }
}
