internal import FoundationEssentials

/// What a running server writes into `postmaster.pid`, line by line (`miscadmin.h` of Postgres).
struct PostmasterFile: Hashable, Sendable {
  /// The first process of the server.
  let pid: Int32
  /// The directory of its socket, "" while it has none.
  let socketDirectory: String
  /// What it says about itself.
  let phase: Phase

  /// The life of a server, as far as it matters here.
  enum Phase: Hashable, Sendable {
    /// Not there yet, in recovery included.
    case starting
    /// It takes connections.
    case ready
    /// It is shutting down.
    case stopping
  }

  /// Reads the text of the file; nil when it is cut short or no such file.
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

  /// The file in the data of a server; nil when there is none.
  init?(inCluster cluster: String) {
    guard let text = try? String(contentsOfFile: "\(cluster)/postmaster.pid", encoding: .utf8) else {
      return nil
    }
    self.init(text)
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
