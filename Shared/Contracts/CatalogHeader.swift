/// What a catalogue's record has beside its value.
public enum CatalogHeader {
  /// The text that it was made from, with all that its authors wrote for each other; absent where it was too long.
  public static let text = "catalog_text"
}
