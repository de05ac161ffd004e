/// One line of Postgres's configuration, with the reason why it is there.
public struct ServerSetting: Hashable, Sendable {
  /// The parameter
  /// (https://www.postgresql.org/docs/current/runtime-config.html).
  public let name: String
  /// Its value, without quotes.
  public let value: String
  /// Why it differs from Postgres's default.
  public let reason: String

  /// `name` set to `value` because of `reason`.
  public init(_ name: String, _ value: String, _ reason: String) {
    self.name = name
    self.value = value
    self.reason = reason
  }

  /// Everything in which the embedded server differs from Postgres's defaults. Nothing here touches
  /// durability: `fsync`, `synchronous_commit` and `full_page_writes` stay as they are.
  static let embedded: [ServerSetting] = [
    ServerSetting("listen_addresses", "", "no TCP: the server is this daemon's own"),
    ServerSetting("port", "5432", "names the socket, whatever the environment says"),
    ServerSetting("unix_socket_permissions", "0700", "the account of the server, and root, alone"),
    ServerSetting("shared_buffers", "256MB", "holds the upper levels and the growing edge of the key index"),
    ServerSetting("max_wal_size", "2GB", "fewer checkpoints under load, so fewer full pages in the log"),
    ServerSetting("min_wal_size", "512MB", "log files are used again instead of made anew"),
    ServerSetting("checkpoint_timeout", "15min", "as for max_wal_size; a crash replays at most that much"),
    ServerSetting(
      "bgwriter_delay", "20ms", "clean buffers are at hand: a reader need not write others' first"),
    ServerSetting("bgwriter_lru_maxpages", "1000", "as for bgwriter_delay"),
    ServerSetting("bgwriter_lru_multiplier", "4", "as for bgwriter_delay"),
    ServerSetting(
      "recovery_init_sync_method", "syncfs",
      "after a crash one call makes the disk hold all files, not one for each: 0.1 s in place of 3 s"),
    ServerSetting("max_parallel_workers_per_gather", "0", "a reader must not take the writers' processors"),
    ServerSetting("jit", "off", "the statements are short; compiling them costs more than it saves"),
    ServerSetting("timezone", "UTC", "independent of the machine"),
    ServerSetting("log_timezone", "UTC", "independent of the machine"),
    ServerSetting("logging_collector", "off", "the daemon keeps the log, within a bound"),
    ServerSetting("log_destination", "stderr", "as for logging_collector"),
  ]

  /// Where the socket goes, which depends on the data directory.
  static func socketDirectory(_ path: String) -> ServerSetting {
    ServerSetting("unix_socket_directories", path, "private, short, and named after the data directory")
  }

  /// The text of a configuration file: each setting under its reason.
  static func file(_ settings: [ServerSetting]) -> String {
    let head = "# Written by sluiced at each start; ALTER SYSTEM goes over it.\n"
    return settings.reduce(into: head) { text, setting in
      text += "\n# \(setting.reason)\n\(setting.name) = \(quoted(setting.value))\n"
    }
  }

  /// A value in the configuration file's quotes.
  private static func quoted(_ value: String) -> String {
    "'" + value.map { $0 == "'" || $0 == "\\" ? "\($0)\($0)" : "\($0)" }.joined() + "'"
  }
}
