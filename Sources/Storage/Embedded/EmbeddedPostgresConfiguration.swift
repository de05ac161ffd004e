/// Where the private Postgres keeps its data, and who runs it.
public struct EmbeddedPostgresConfiguration: Sendable {
  /// The directory of everything that outlives the process. Made when missing; one daemon at a time.
  public var dataDirectory: String
  /// The directory of the programs `postgres` and `initdb`; nil to look in the usual places.
  public var binaries: String?
  /// The account that runs Postgres when this process is root, which Postgres refuses to be; nil to take
  /// the data directory's owner, else `postgres` or another unprivileged one.
  public var account: String?
  /// A short directory in which the socket's own directory is made; nil for `$XDG_RUNTIME_DIR`, `/run` or
  /// `/tmp`, whichever will do.
  public var socketParent: String?
  /// How long a start may take. After a crash Postgres first replays what it had not checkpointed.
  public var startTimeout: Duration = .seconds(300)
  /// How long a fast shutdown may take before an immediate one, which costs a replay at the next start.
  public var stopTimeout: Duration = .seconds(30)
  /// Whether a server that dies is started again.
  public var isKeptRunning = true
  /// Settings that go over those of `ServerSetting.embedded`, for tests alone: `fsync` off belongs here.
  public var overrides: [ServerSetting] = []

  /// The defaults, for the data in `dataDirectory`.
  public init(dataDirectory: String) {
    self.dataDirectory = dataDirectory
  }
}
