/// What `--help` prints.
public enum HelpText {
  /// Usage, commands, and every key with its default.
  public static var text: String {
    """
    sluiced \(SluiceVersion.current): stores events from many producers exactly once in Postgres

    Usage: sluiced [COMMAND] [--key VALUE | --key=VALUE]...

    Commands:
    \(lines(commands))

    Options:
    \(lines([
      ("--config FILE", "YAML file with the keys below; also SLUICE_CONFIG"),
      ("--help, --version", "Print this, or the version"),
    ]))

    Keys, taken from the command line (--tcp-port), the environment (SLUICE_TCP_PORT), the YAML file
    (tcp.port) and the defaults, in this order. Durations are 250ms, 30s, 1h, 7d; sizes are 64MiB.
    \(lines(SettingTable.all.map { ($0.flag, describe($0)) }))

    Exit status:
    \(lines(ExitStatus.allCases.map { (String($0.rawValue), $0.meaning) }))
    """
  }

  private static let commands = [
    ("run", "Serve until told to stop (the default)"),
    ("check-config", "Print the effective values and where each came from"),
    ("migrate", "Bring the schema up to date, and stop"),
    ("audit", "Check that received = unique + duplicate + dead in the database"),
    ("maintenance", "Prune and delete what is older than it is kept, now; a server does it by itself"),
    ("healthcheck", "Ask the daemon at http.host and http.port how it is"),
    ("configuration-reference", "Print the keys as Markdown"),
  ]

  private static func describe(_ setting: Setting) -> String {
    let notes = [
      setting.allowed.map { "\(setting.typeName): \($0)" } ?? setting.typeName,
      setting.defaultText.isEmpty ? nil : "default \(setting.defaultText)",
    ]
    return "\(setting.summary) (\(notes.compactMap { $0 }.joined(separator: "; ")))"
  }

  private static func lines(_ entries: [(name: String, text: String)]) -> String {
    entries.map { "  \($0.name)\n      \($0.text)" }.joined(separator: "\n")
  }
}
