/// The commands of `sluiced` with a sentence for each, which help, manual page and completions share.
enum CommandList {
  /// All commands, in the order in which the help shows them.
  static let all = [
    ("run", "Serve until told to stop (the default)"),
    ("check-config", "Print the effective values and where each came from"),
    (
      "migrate",
      "Bring the schema up to date, and stop; --citus moves the table events to the workers of Citus, --citus=off"
        + " brings it back"
    ),
    (
      "grants",
      "Print the statements that give a database role all rights of a server that does not own the schema:"
        + " grants ROLE"
    ),
    ("audit", "Check that received = unique + duplicate + dead in the database"),
    ("maintenance", "Prune and delete expired data now; a running server does it by itself"),
    (
      "credentials",
      "Change or show the file of auth.credentials: add NAME --role ROLE [--publish-topic 'orders.*']"
        + " [--read-topic TOPIC] [--expires 90d] [--certificate NAME] [--quota-events N] [--quota-bytes N]"
        + " [--quota-connections N]; list; rotate NAME [--expires 90d]; revoke NAME [--key ID]"
    ),
    ("healthcheck", "Ask the daemon at http.host and http.port whether it is healthy"),
    ("dev-certs", "Make certificates of a server and a client for trying TLS out: dev-certs DIRECTORY"),
    ("configuration-reference", "Print the keys as Markdown"),
    ("manual-page", "Print the manual page, for man(1)"),
    (
      "completion-script",
      "Print the completions of a shell: completion-script "
        + CompletionShell.allCases.map(\.rawValue).joined(separator: "|")
    ),
  ]

  /// Returns the first part of a sentence, which fits beside a name on a narrow terminal.
  static func brief(_ sentence: String) -> String {
    let ends = [": ", "; ", ". "].compactMap { sentence.firstRange(of: $0)?.lowerBound }
    return String(sentence[..<(ends.min() ?? sentence.endIndex)])
  }
}
