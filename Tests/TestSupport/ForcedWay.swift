import Glibc
public import Storage

/// The way of the writers that all tests are to use, but for those that choose one: `make test WAY=staged`.
public enum ForcedWay {
  /// What the variable `SLUICE_TEST_WAY` names; nil without it.
  public static let choice: WritingChoice? = {
    guard let name = getenv("SLUICE_TEST_WAY").map({ String(cString: $0) }), !name.isEmpty else {
      return nil
    }
    guard let choice = WritingChoice(rawValue: name) else {
      preconditionFailure("SLUICE_TEST_WAY takes \(WritingChoice.allCases.map(\.rawValue))")
    }
    return choice
  }()

  /// The same as arguments of `sluiced`.
  public static let arguments = choice.map { ["--writer-way", $0.rawValue] } ?? []
}
