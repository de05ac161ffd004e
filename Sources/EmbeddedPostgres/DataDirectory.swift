internal import FoundationEssentials
internal import Glibc

/// The layout of `data.dir`:
///
///     sluiced.lock           held by the daemon that uses the directory
///     postgres.lock          held by the processes of the server, even after the daemon was killed
///     postgres/              the data of Postgres, made in one step by renaming
///     postgres.new-…/        the rest of an interrupted first start; the next start removes it
///     postgres.log[.1]       the log of the server
///     sluice-…/              the socket of a server that runs without root, while it runs
struct DataDirectory: Sendable {
  /// The canonical path of the directory.
  let path: String
  /// The owner of the directory, by which the server's account is chosen.
  let owner: uid_t

  /// The directory of Postgres's data.
  var cluster: String { "\(path)/postgres" }
  /// The file of the server's log.
  var log: String { "\(path)/postgres.log" }

  /// Finds the directory, or makes it. When root makes it, the server's account may enter it; private files
  /// in it have their own mode.
  /// - Throws: `unusable`.
  init(path: String) throws(EmbeddedPostgresError) {
    try Self.make(path)
    guard let canonical = realpath(path, nil) else {
      throw .unusable(path: path, reason: FileStatus.failure)
    }
    defer { free(canonical) }
    self.path = String(cString: canonical)
    assert(self.path.hasPrefix("/"), "a canonical path is absolute")
    guard let status = FileStatus(self.path, followingLinks: true) else {
      throw .unusable(path: path, reason: FileStatus.failure)
    }
    guard status.isDirectory else {
      throw .unusable(path: path, reason: "not a directory")
    }
    guard access(self.path, R_OK | W_OK | X_OK) == 0 else {
      throw .unusable(path: path, reason: FileStatus.failure)
    }
    self.owner = status.owner
  }

  /// Makes `path` and its missing parent directories.
  private static func make(_ path: String) throws(EmbeddedPostgresError) {
    var parent = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      parent += "/\(part)"
      if FileStatus(parent, followingLinks: true) != nil { continue }
      guard errno == ENOENT, mkdir(parent, geteuid() == 0 ? 0o755 : 0o700) == 0 || errno == EEXIST else {
        throw .unusable(path: path, reason: FileStatus.failure)
      }
    }
  }

  /// Returns the major version of Postgres that made the data; nil when there is no data yet.
  /// - Throws: `notData`; `uncertain` or `unusable` when the version cannot be read.
  func clusterVersion() throws(EmbeddedPostgresError) -> Int? {
    guard let status = FileStatus(cluster, followingLinks: false) else {
      guard errno == ENOENT else { throw .unusable(path: cluster, reason: FileStatus.failure) }
      return nil
    }
    guard status.isDirectory else { throw .notData(path: cluster) }
    guard status.owner == geteuid() || geteuid() == 0 else {
      let name = ServerAccount(userID: status.owner)?.name ?? "user \(status.owner)"
      throw .unusable(path: cluster, reason: "it belongs to \(name)")
    }
    guard let text = try SystemFile.text(of: "\(cluster)/PG_VERSION"),
      let version = Int(text.prefix { $0.isNumber })
    else { throw .notData(path: cluster) }
    return version
  }

  /// Returns the first process of the server that runs on the data; nil when no visible process does.
  /// - Throws: `uncertain` when the system does not say.
  func server() throws(EmbeddedPostgresError) -> ServerProcess? {
    guard let file = try PostmasterFile.read(inCluster: cluster),
      let process = try ServerProcess.find(file.pid),
      try process.isPostmaster(ofCluster: cluster)
    else { return nil }
    return process
  }

  /// Checks that `account` can reach the directory, by a trial, and names the directory that keeps it out.
  /// - Throws: `notEnterable`, `noServer`.
  func admit(_ account: ServerAccount) async throws(EmbeddedPostgresError) {
    guard account.isOther else { return }
    let shell = ServerProgram(directory: "/usr/bin", account: account)
    guard try await !shell.run("test", ["-x", path]).succeeded else { return }
    throw .notEnterable(path: obstacle(for: account), account: account.name)
  }

  /// Returns the first directory on the path whose mode keeps the account out.
  private func obstacle(for account: ServerAccount) -> String {
    var parent = ""
    for part in path.split(separator: "/") {
      parent += "/\(part)"
      if let status = FileStatus(parent, followingLinks: true), !account.mayEnter(status) { return parent }
    }
    return path
  }

  /// Removes the remains of interrupted first starts, and kills the `initdb` of a killed daemon, because
  /// nobody waits for its result. Files that its children are still writing may remain until the next start
  /// removes them.
  func removeUnfinishedClusters() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let unfinished = names.filter { $0.hasPrefix(Self.unfinishedPrefix) }
    guard !unfinished.isEmpty else { return }
    // If the processes cannot be listed, the next start kills them.
    let creators = try? ServerProcess.creators(ofClustersIn: "\(path)/\(Self.unfinishedPrefix)")
    creators?.forEach { $0.send(SIGKILL) }
    for name in unfinished {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// A unique path for a cluster that is not complete yet.
  var unfinishedCluster: String {
    "\(path)/\(Self.unfinishedPrefix)\(getpid())-\(UInt32.random(in: .min ... .max))"
  }

  private static let unfinishedPrefix = "postgres.new-"
}
