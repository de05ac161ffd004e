import Glibc
public import StoreInterface

/// The commit strategy that all tests must use, except tests that choose their own:
/// `make test WAY=stagedInsert`.
public enum ForcedStrategy {
  /// The strategy that the variable `SLUICE_TEST_WAY` names; nil without it.
  public static let choice: CommitStrategySetting? = {
    guard let name = getenv("SLUICE_TEST_WAY").map({ String(cString: $0) }), !name.isEmpty else {
      return nil
    }
    guard let choice = CommitStrategySetting(rawValue: name) else {
      preconditionFailure("SLUICE_TEST_WAY takes \(CommitStrategySetting.allCases.map(\.rawValue))")
    }
    return choice
  }()

  /// The strategy as arguments of `sluiced`.
  public static let arguments = choice.map { ["--writers-strategy", $0.rawValue] } ?? []
}
