/// The manual page of `sluiced` in the macros of man(7), made from the tables of commands, keys and exit statuses.
public enum ManualPage {
  /// The source of the page, which man(1) formats.
  public static var text: String {
    """
    .\\" Written by `sluiced manual-page`.
    .TH SLUICED 8 "" "sluice \(SluiceVersion.current)" "System Administration"
    .SH NAME
    sluiced \\- stores events from many producers exactly once in Postgres
    .SH SYNOPSIS
    .B sluiced
    .RI [ command ]
    .RI [ \\-\\-key \\~ value ]...
    .SH DESCRIPTION
    \(escaped(description))
    .SH COMMANDS
    \(list(CommandList.all))
    .SH OPTIONS
    \(list([
      ("--config FILE", "YAML file with the keys below; also SLUICE_CONFIG"),
      ("--json", "Print the result of a command as JSON"),
      ("--help, --version", "Print the help, or the version"),
    ]))
    .SH KEYS
    \(escaped(sources))
    \(list(SettingTable.documented.map { ($0.flag, HelpText.describe($0)) }))
    .SH ENVIRONMENT
    \(list(environment))
    .SH SIGNALS
    \(list(signals))
    .SH EXIT STATUS
    \(list(ExitStatus.allCases.map { (String($0.rawValue), $0.meaning) }))
    .SH SEE ALSO
    .BR sluice (1),
    .BR sluice\\-publish (1),
    .BR psql (1),
    .BR systemd.service (5)

    """
  }

  private static let description =
    "sluiced takes batches of events over TCP and HTTP, stores every distinct event once in Postgres, and tells each"
    + " producer what became of each batch. Without database.url it runs a private Postgres in data.dir."

  private static let sources =
    "A value comes from the command line (--tcp-port), the environment (SLUICE_TCP_PORT), the YAML file (tcp.port) or"
    + " the default, in this order. Durations are written 250ms, 30s, 1h, 7d, sizes 64MiB."

  private static let environment = [
    ("SLUICE_...", "Values of keys: the name in upper case with _ for each dot"),
    ("SLUICE_DATABASE_URL_FILE", "Path of a file that holds the value of database.url"),
    ("DATABASE_URL", "Read when no other source gives database.url"),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "Set by systemd for a unit with Type=notify: see sd_notify(3)"),
  ]

  private static let signals = [
    ("SIGTERM, SIGINT", "Stop: the first commits what was accepted, the second ends at once"),
    ("SIGHUP", "Read certificates and credentials again"),
  ]

  private static func list(_ entries: [(String, String)]) -> String {
    entries.map { ".TP\n.B \(escaped($0))\n\(escaped($1))" }.joined(separator: "\n")
  }

  /// Returns text in which roff sees no control character: no escape, no macro, no hyphenated dash.
  private static func escaped(_ text: String) -> String {
    let plain = text.map { character in
      switch character {
      case "\\": "\\e"
      case "-": "\\-"
      case "`": ""
      default: String(character)
      }
    }.joined()
    return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
  }
}
