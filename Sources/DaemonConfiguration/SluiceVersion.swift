internal import Base

/// The version of the programs.
public enum SluiceVersion {
  /// The semantic version (semver.org).
  public static let current = ProgramVersion.current
}
