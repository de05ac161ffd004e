internal import FoundationEssentials
internal import Glibc

/// Creation of the data of a new server, at the first start.
///
/// All work happens in a temporary sibling directory, which is renamed when it is complete and on disk. So a
/// killed daemon leaves either no cluster or a complete cluster.
struct ClusterCreation: Sendable {
  /// The directory that gets the cluster.
  let directory: DataDirectory
  /// The programs that make the cluster.
  let program: ServerProgram
  /// The settings of the new server.
  let settings: String
  /// Whether the files are forced to disk; false in tests that run without `fsync`.
  let isDurable: Bool

  /// Makes the cluster.
  /// - Throws: `initializationFailed`, `unusable`, `noServer`.
  func run() async throws(EmbeddedPostgresError) {
    let cluster = directory.unfinishedCluster
    guard mkdir(cluster, 0o700) == 0 else {
      throw .unusable(path: directory.path, reason: FileStatus.failure)
    }
    do {
      try await fill(cluster)
      try publish(cluster)
    } catch {
      // The next start removes the files that cannot be removed now.
      try? FileManager.default.removeItem(atPath: cluster)
      throw error
    }
  }

  private func fill(_ cluster: String) async throws(EmbeddedPostgresError) {
    let account = program.account
    if account.isOther, lchown(cluster, account.userID, account.groupID) != 0 {
      throw .unusable(path: cluster, reason: FileStatus.failure)
    }
    let made = try await program.run("initdb", arguments(cluster))
    guard made.succeeded else { throw .initializationFailed(reason: made.reason) }
    let files = ServerFiles(cluster: cluster, account: account)
    try files.write(settings: settings)
    try files.includeSettings()
    // The database is made in single-user mode, so that the cluster is complete before it gets its final
    // name.
    let database = try await program.run(
      "postgres", ["--single", "-D", cluster, "template1"],
      input: "CREATE DATABASE \(ServerFiles.role)\n")
    guard database.succeeded, !database.output.contains("ERROR:") else {
      throw .initializationFailed(reason: database.reason)
    }
  }

  private func arguments(_ cluster: String) -> [String] {
    let common = [
      "-D", cluster, "--username", ServerFiles.role, "--encoding", "UTF8", "--locale", "C",
      "--auth-local", "peer", "--auth-host", "reject", "--data-checksums", "--no-instructions",
    ]
    return isDurable ? common : common + ["--no-sync"]
  }

  private func publish(_ cluster: String) throws(EmbeddedPostgresError) {
    precondition(
      cluster.hasPrefix("\(directory.path)/") && cluster != directory.cluster, "an unfinished cluster")
    guard rename(cluster, directory.cluster) == 0 else {
      throw .unusable(path: directory.cluster, reason: FileStatus.failure)
    }
    let parent = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw .unusable(path: directory.path, reason: FileStatus.failure) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw .unusable(path: directory.path, reason: FileStatus.failure) }
  }
}
