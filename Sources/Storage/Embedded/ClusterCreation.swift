internal import FoundationEssentials
internal import Glibc

/// The first start: makes the data of a new server.
///
/// All happens in a temporary sibling, which is renamed when it is complete and on disk. Whatever is killed
/// meanwhile, there is either no cluster or a whole one.
struct ClusterCreation: Sendable {
  /// Where it goes.
  let directory: DataDirectory
  /// With whose programs.
  let program: ServerProgram
  /// The settings to start with.
  let settings: String
  /// Whether the files are forced to disk; not so in tests that run without `fsync`.
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
      // What resists is swept away by the next start.
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
    // Without a server around it, so that the cluster is complete before it has its name.
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
    guard rename(cluster, directory.cluster) == 0 else {
      throw .unusable(path: directory.cluster, reason: FileStatus.failure)
    }
    let parent = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw .unusable(path: directory.path, reason: FileStatus.failure) }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw .unusable(path: directory.path, reason: FileStatus.failure) }
  }
}
