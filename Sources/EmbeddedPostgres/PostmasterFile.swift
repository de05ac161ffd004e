/// The content of `postmaster.pid`, which a running server writes line by line (`miscadmin.h` of Postgres).
struct PostmasterFile: Hashable, Sendable {
  /// The process id of the server's first process.
  let pid: Int32
  /// The directory of the server's socket; "" while there is no socket.
  let socketDirectory: String
  /// The phase that the server reports.
  let phase: Phase

  /// The phases of a server that matter here.
  enum Phase: Hashable, Sendable {
    /// The server is starting or in recovery, and takes no connections yet.
    case starting
    /// The server takes connections.
    case ready
    /// The server is shutting down.
    case stopping
  }

  /// Parses the text of the file; nil when the text is incomplete or has another form.
  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmed }
    guard let pid = lines.first.flatMap({ Int32($0) }), pid > 0 else { return nil }
    self.pid = pid
    self.socketDirectory = lines.count > 4 ? lines[4] : ""
    switch lines.count > 7 ? lines[7] : "" {
    case "ready", "standby": self.phase = .ready
    case "stopping": self.phase = .stopping
    default: self.phase = .starting
    }
  }

  /// Reads the file in the data of a server; nil when there is no file, or it names no process.
  /// - Throws: `uncertain` when the file cannot be read.
  static func read(inCluster cluster: String) throws(EmbeddedPostgresError) -> PostmasterFile? {
    try SystemFile.text(of: "\(cluster)/postmaster.pid").flatMap { PostmasterFile($0) }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
