internal import Base
internal import CPostgres

/// A probe that asks a server whether it takes connections
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQPING).
enum ServerProbe {
  /// The result of a probe.
  enum Answer: Sendable {
    /// The server takes connections.
    case ready
    /// The server is starting, recovering or stopping.
    case notNow
    /// The server does not answer.
    case silent
  }

  /// The timeout of one probe in seconds.
  private static let timeout = 3

  /// Probes the server once, on a thread of its own, because libpq blocks.
  static func ask(_ connectionString: String) async -> Answer {
    await WorkerThread.run(named: "sluice-probe") {
      Answer(PQping("\(connectionString) connect_timeout=\(timeout)"))
    }
  }
}

extension ServerProbe.Answer {
  fileprivate init(_ answer: PGPing) {
    switch answer {
    case PQPING_OK: self = .ready
    case PQPING_REJECT: self = .notNow
    default: self = .silent
    }
  }
}
