import Glibc

/// The Postgres programs that all tests must use: `make test POSTGRES=18`.
public enum ForcedPostgres {
  /// The directory that the variable `SLUICE_TEST_POSTGRES` names; nil without it, for the newest installed
  /// version.
  public static let binaries: String? = {
    guard let path = getenv("SLUICE_TEST_POSTGRES").map({ String(cString: $0) }), !path.isEmpty else {
      return nil
    }
    guard access("\(path)/initdb", X_OK) == 0 else {
      preconditionFailure("SLUICE_TEST_POSTGRES takes the directory of initdb and postgres, not \(path)")
    }
    return path
  }()
}
