/// The version of the programs.
public enum SluiceVersion {
  /// Semantic version (semver.org).
  public static let current = "0.1.0"
}
