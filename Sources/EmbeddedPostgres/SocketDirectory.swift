internal import Glibc

/// The private directory of the server's socket. Its path is short, because a socket's path has at most 107
/// bytes (`unix(7)`). Only the server's account and root may enter it.
struct SocketDirectory: Hashable, Sendable {
  /// The path of the directory.
  let path: String

  /// The longest path of a socket in bytes, which fits `sockaddr_un`.
  static let longestSocketPath = 107
  /// The name that Postgres appends for its port 5432.
  static let socketName = "/.s.PGSQL.5432"
  /// The number of names that are tried when earlier names are taken.
  private static let attempts = 8

  /// Makes the directory for the data in `dataDirectory`, or finds an existing directory, because its name
  /// depends only on the data's path and the account.
  /// - Throws: `noSocketDirectory`.
  init(for dataDirectory: String, account: ServerAccount, parent: String?) throws(EmbeddedPostgresError) {
    var reasons: [String] = []
    for parent in parent.map({ [$0] }) ?? Self.parents(for: dataDirectory) {
      for attempt in 0..<Self.attempts {
        let path = "\(parent)/sluice-\(Self.digest("\(account.userID) \(attempt) \(dataDirectory)"))"
        guard path.utf8.count + Self.socketName.utf8.count <= Self.longestSocketPath else {
          let limit = "a socket's path has at most \(Self.longestSocketPath) bytes"
          reasons.append("\(parent) is too long (\(limit))")
          break
        }
        let obstacle =
          Self.obstacle(toUsing: path, as: account) ?? Self.obstacle(toListeningIn: path, for: dataDirectory)
        guard let obstacle else {
          self.path = path
          return
        }
        reasons.append(obstacle)
      }
    }
    throw .noSocketDirectory(reason: reasons.first ?? "there is no parent directory for it")
  }

  /// Removes the directory after the server's end. The next start makes it again.
  func remove() {
    rmdir(path)
  }

  /// Makes the directory again if it is missing, before a server is started.
  /// - Throws: `noSocketDirectory`.
  func restore(for account: ServerAccount) throws(EmbeddedPostgresError) {
    if let obstacle = Self.obstacle(toUsing: path, as: account) { throw .noSocketDirectory(reason: obstacle) }
  }

  /// Returns why no server can listen in `path`; nil when a server can.
  ///
  /// A server of other data may listen there: somebody removed or moved the data directory of the same path
  /// while its server kept running. That server removes the socket at this path when it ends, so another name
  /// is used.
  private static func obstacle(toListeningIn path: String, for dataDirectory: String) -> String? {
    do throws(EmbeddedPostgresError) {
      let lock = try SystemFile.text(of: "\(path)\(socketName).lock").flatMap { PostmasterFile($0) }
      if let lock, let process = try ServerProcess.find(lock.pid), try process.isPostgres,
        try !process.isPostmaster(ofCluster: "\(dataDirectory)/postgres")
      {
        return "a PostgreSQL of other data (process \(lock.pid)) listens in \(path)"
      }
    } catch {
      return error.description
    }
    return bindingFailure(in: path)
  }

  /// Returns why no socket can be bound in `path`; nil when binding works. Some file systems, such as volumes
  /// that a virtual machine shares, hold no sockets.
  private static func bindingFailure(in path: String) -> String? {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return "cannot make a socket: \(FileStatus.failure)" }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // The name is no longer than the server's own socket name, so that the path fits.
    let name = "\(path)/.probe"
    precondition(name.utf8.count <= longestSocketPath, "the path of the probe fits into an address")
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8.prefix($0.count - 1)) }
    unlink(name)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    let reason = FileStatus.failure
    unlink(name)
    return status == 0 ? nil : "cannot make a socket in \(path): \(reason)"
  }

  /// Makes `path` a directory of `account`, or returns why this is impossible.
  ///
  /// In a directory that everybody may write to, somebody else may have made `path` first, as a directory of
  /// their own or a link to one. So an existing `path` is used only if it is a directory of the account that
  /// nobody else may enter. The sticky bit of `/tmp` then keeps others from moving it.
  private static func obstacle(toUsing path: String, as account: ServerAccount) -> String? {
    if mkdir(path, 0o700) == 0 {
      guard account.isOther, lchown(path, account.userID, account.groupID) != 0 else { return nil }
      return "cannot give \(path) to \(account.name): \(FileStatus.failure)"
    }
    guard errno == EEXIST else { return "cannot make \(path): \(FileStatus.failure)" }
    guard let status = FileStatus(path, followingLinks: false), status.isDirectory else {
      return "\(path) is not a directory; remove it"
    }
    if status.owner == 0, geteuid() == 0, lchown(path, account.userID, account.groupID) == 0 {
      return status.permissions & 0o077 == 0 ? nil : "\(path) is open to others; remove it"
    }
    guard status.owner == account.userID, status.permissions & 0o077 == 0 else {
      return "\(path) belongs to user \(status.owner) or is open to others; remove it"
    }
    return nil
  }

  /// Returns directories that last as long as the server may run. `$XDG_RUNTIME_DIR` of a session is not
  /// used, because it is removed at the logout while the daemon runs on. Directories of root would keep the
  /// other account out, and only root can write in `/run`.
  private static func parents(for dataDirectory: String) -> [String] {
    geteuid() == 0 ? ["/run", "/tmp"] : [dataDirectory, "/tmp"]
  }

  /// FNV-1a of 64 bits, because names need to be short and different, not secret.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(hash, radix: 36)
  }
}
