internal import FoundationEssentials
internal import Glibc

/// The layout of `data.dir`:
///
///     sluiced.lock           held by the daemon that uses the directory
///     postgres/              the data of Postgres, made in one step by renaming
///     postgres.new-…/        a first start that was interrupted; swept away by the next one
///     postgres.log[.1]       what the server wrote
struct DataDirectory: Sendable {
  /// Its canonical path.
  let path: String
  /// The owner, for choosing an account.
  let owner: uid_t

  /// The data of Postgres.
  var cluster: String { "\(path)/postgres" }
  /// What the server wrote.
  var log: String { "\(path)/postgres.log" }

  /// Finds the directory, or makes it. Root makes it so that the account of the server can enter; what is
  /// private has its own mode in it.
  /// - Throws: `unusable`.
  init(path: String) throws(EmbeddedPostgresError) {
    try Self.make(path)
    guard let canonical = realpath(path, nil) else {
      throw .unusable(path: path, reason: FileStatus.failure)
    }
    defer { free(canonical) }
    self.path = String(cString: canonical)
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

  /// Makes `path` and what is missing on the way to it.
  private static func make(_ path: String) throws(EmbeddedPostgresError) {
    var way = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      way += "/\(part)"
      if FileStatus(way, followingLinks: true) != nil { continue }
      guard errno == ENOENT, mkdir(way, geteuid() == 0 ? 0o755 : 0o700) == 0 || errno == EEXIST else {
        throw .unusable(path: path, reason: FileStatus.failure)
      }
    }
  }

  /// The major version that made the data; nil when there is none yet.
  /// - Throws: `notData`, or `unusable` when it can not be read.
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
    guard let text = try? String(contentsOfFile: "\(cluster)/PG_VERSION", encoding: .utf8),
      let version = Int(text.prefix { $0.isNumber })
    else { throw .notData(path: cluster) }
    return version
  }

  /// Checks that `account` can reach the directory, by trying, and names what is in the way.
  /// - Throws: `notEnterable`, `noServer`.
  func admit(_ account: ServerAccount) async throws(EmbeddedPostgresError) {
    guard account.isOther else { return }
    let shell = ServerProgram(directory: "/usr/bin", account: account)
    guard try await !shell.run("test", ["-x", path]).succeeded else { return }
    throw .notEnterable(path: obstacle(for: account), account: account.name)
  }

  /// The first directory on the way whose mode keeps the account out.
  private func obstacle(for account: ServerAccount) -> String {
    var way = ""
    for part in path.split(separator: "/") {
      way += "/\(part)"
      if let status = FileStatus(way, followingLinks: true), !account.mayEnter(status) { return way }
    }
    return path
  }

  /// Sweeps away what interrupted first starts left, and ends the `initdb` of a killed daemon, which would
  /// go on for nobody. What its children are still writing may resist; the next sweep gets it.
  func removeUnfinishedClusters() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let unfinished = names.filter { $0.hasPrefix(Self.unfinishedPrefix) }
    guard !unfinished.isEmpty else { return }
    ServerProcess.creators(ofClustersIn: "\(path)/\(Self.unfinishedPrefix)").forEach { $0.send(SIGKILL) }
    for name in unfinished {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// A name for a cluster in the making that nobody else uses.
  var unfinishedCluster: String {
    "\(path)/\(Self.unfinishedPrefix)\(getpid())-\(UInt32.random(in: .min ... .max))"
  }

  private static let unfinishedPrefix = "postgres.new-"
}
