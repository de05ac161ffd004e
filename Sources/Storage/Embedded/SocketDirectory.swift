internal import Glibc

/// The private directory of the server's socket: short, because a socket's path has at most 107 bytes
/// (`unix(7)`), and closed to all but the account that runs the server, and root.
struct SocketDirectory: Hashable, Sendable {
  /// Its path.
  let path: String

  /// The longest path that fits `sockaddr_un`.
  static let longestSocketPath = 107
  /// What Postgres appends for its port 5432.
  static let socketName = "/.s.PGSQL.5432"
  /// How many names are tried when somebody else has the first ones.
  private static let attempts = 8

  /// Makes the directory for the data in `dataDirectory`, or finds the one of last time: the name depends
  /// on the data's path alone.
  /// - Throws: `noSocketDirectory`.
  init(for dataDirectory: String, account: ServerAccount, parent: String?) throws(EmbeddedPostgresError) {
    var reasons: [String] = []
    for parent in parent.map({ [$0] }) ?? Self.parents() {
      for attempt in 0..<Self.attempts {
        let path = "\(parent)/sluice-\(Self.digest("\(account.userID) \(attempt) \(dataDirectory)"))"
        guard path.utf8.count + Self.socketName.utf8.count <= Self.longestSocketPath else {
          let limit = "a socket's path has at most \(Self.longestSocketPath) bytes"
          reasons.append("\(parent) is too long (\(limit))")
          break
        }
        guard let obstacle = Self.obstacle(toUsing: path, as: account) else {
          self.path = path
          return
        }
        reasons.append(obstacle)
      }
    }
    throw .noSocketDirectory(reason: reasons.first ?? "nowhere to put it")
  }

  /// Removes the directory after the server's end; the next start makes it again.
  func remove() {
    rmdir(path)
  }

  /// Makes `path` ours, or says why it can not be.
  ///
  /// In a directory that everybody may write to, somebody may have been there first, with a directory of
  /// his own or a link to one: what exists is taken only when it is a directory of the account that nobody
  /// else may enter. The sticky bit of `/tmp` then keeps others from moving it.
  private static func obstacle(toUsing path: String, as account: ServerAccount) -> String? {
    if mkdir(path, 0o700) == 0 {
      guard account.isOther, lchown(path, account.userID, account.groupID) != 0 else { return nil }
      return "can not give \(path) to \(account.name): \(FileStatus.failure)"
    }
    guard errno == EEXIST else { return "can not make \(path): \(FileStatus.failure)" }
    guard let status = FileStatus(path, followingLinks: false), status.isDirectory else {
      return "\(path) is in the way; remove it"
    }
    if status.owner == 0, geteuid() == 0, lchown(path, account.userID, account.groupID) == 0 {
      return status.permissions & 0o077 == 0 ? nil : "\(path) is open to others; remove it"
    }
    guard status.owner == account.userID, status.permissions & 0o077 == 0 else {
      return "\(path) belongs to user \(status.owner) or is open to others; remove it"
    }
    return nil
  }

  /// Root's own run-time directory would keep the other account out, and in `/run` nobody else can write.
  private static func parents() -> [String] {
    if geteuid() == 0 { return ["/run", "/tmp"] }
    let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) }
    return [runtime].compactMap { $0 }.filter { $0.hasPrefix("/") } + ["/tmp"]
  }

  /// FNV-1a of 64 bits: names need to be short and different, not secret.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 36)
  }
}
