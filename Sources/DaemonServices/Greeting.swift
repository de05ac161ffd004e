public import DaemonConfiguration
internal import Foundation

/// The text on standard output for a person who started the daemon on a terminal: what it listens on, what to open, the
/// database, and what to do next. Programs read `ReadyLine` instead.
public struct Greeting: Hashable, Sendable, CustomStringConvertible {
  /// The text, which ends with an empty line.
  public let description: String

  /// A greeting of a daemon with these settings.
  /// - Parameters:
  ///   - tcpPort: The port on which producers are accepted.
  ///   - httpPort: The port of the HTTP server.
  ///   - psql: The command that opens the database; holds no secret.
  ///   - isEmbedded: Whether the database is the private Postgres.
  public init(_ settings: DaemonSettings, tcpPort: Int, httpPort: Int, psql: String, isEmbedded: Bool) {
    precondition(
      (1...65_535).contains(tcpPort) && (1...65_535).contains(httpPort), "the ports that are bound")
    let tcp = ListenAddress(host: settings.tcp.host, port: tcpPort)
    var rows = [
      ("producers", "\(tcp)\(Self.scope(of: tcp))\(settings.tls.isOn ? ", with TLS" : "")"),
      ("open", Self.url(settings, port: httpPort)),
      (
        "database", "\(isEmbedded ? "embedded PostgreSQL" : "PostgreSQL"), schema \(settings.database.schema)"
      ),
      ("", psql),
    ]
    if isEmbedded { rows.append(("data", URL(fileURLWithPath: settings.dataDirectory).path)) }
    rows.append(("try", Self.trial(settings, port: tcpPort)))
    rows.append(("stop", "Ctrl-C; what was accepted is committed first"))
    let lines = rows.map { "  " + $0.padding(toLength: 12, withPad: " ", startingAt: 0) + $1 }
    description = "sluiced \(SluiceVersion.current) serves\n\n\(lines.joined(separator: "\n"))\n"
  }

  private static func isWildcard(_ host: String) -> Bool { ["0.0.0.0", "::"].contains(host) }

  private static func scope(of address: ListenAddress) -> String {
    isWildcard(address.host) ? " (every address of this machine)" : ""
  }

  private static func url(_ settings: DaemonSettings, port: Int) -> String {
    let host = settings.httpHosts.first ?? (isWildcard(settings.http.host) ? "localhost" : settings.http.host)
    let scheme = settings.tls.isOnForHTTP ? "https" : "http"
    return "\(scheme)://\(ListenAddress(host: host, port: port))/"
  }

  private static func trial(_ settings: DaemonSettings, port: Int) -> String {
    if settings.credentials != nil {
      return "sluiced credentials add NAME --role publish makes a key for a producer"
    }
    let isLocal = isWildcard(settings.tcp.host) || settings.tcp.host == "127.0.0.1"
    let host = isLocal ? "" : " --host \(settings.tcp.host)"
    let encryption = settings.tls.isOn ? " --tls --tls-ca CA.pem" : ""
    return "sluice-publish generate\(host) --port \(port)\(encryption) --events 1000"
  }
}
