/// The version of the programs.
package enum ProgramVersion {
  /// The semantic version (semver.org).
  package static let current = "0.1.0"
}
