/// The headers that a dead letter has beside those that the record came with. Its key and value are the record's own; of
/// a record that is too large to be sent once more only the beginning.
public enum DeadLetterHeader {
  public static let prefix = "trias_dl_"
  public static let stage = "trias_dl_stage"
  public static let field = "trias_dl_field"
  public static let reason = "trias_dl_reason"
  public static let topic = "trias_dl_topic"
  public static let partition = "trias_dl_partition"
  public static let offset = "trias_dl_offset"
  public static let attempts = "trias_dl_attempts"
  public static let leftOut = "trias_dl_left_out"

  /// All of them with what they say.
  public static let all: [(name: String, summary: String)] = [
    (stage, "Where it was refused: envelope, schema, identity, time, list, size, …"),
    (field, "The field that was wrong, as a path, where one was."),
    (reason, "What was wrong, in words."),
    (topic, "The topic that it came from."),
    (partition, "The partition that it came from."),
    (offset, "Its offset there."),
    (attempts, "How often it was tried."),
    (
      leftOut, "How many bytes of the record were left out because it is too large; it stands whole where it came from."
    ),
  ]
  /// Those that only some have.
  public static let optional: Set<String> = [field, leftOut]
}
