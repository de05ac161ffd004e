internal import CPostgres

/// Asks a server whether it takes connections
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQPING).
enum ServerProbe {
  /// What it answered.
  enum Answer: Sendable {
    /// It takes connections.
    case ready
    /// It is starting, recovering or stopping.
    case notNow
    /// It does not answer.
    case silent
  }

  /// Seconds that one question waits.
  private static let patience = 3

  /// Asks once, on a thread of its own, because libpq blocks.
  static func ask(_ connectionString: String) async -> Answer {
    await WorkerThread.run(named: "sluice-probe") {
      Answer(PQping("\(connectionString) connect_timeout=\(patience)"))
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
