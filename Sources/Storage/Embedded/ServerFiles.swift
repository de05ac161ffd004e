internal import FoundationEssentials
internal import Glibc

/// The configuration files in the data of the embedded server, beside those that `initdb` makes.
struct ServerFiles: Sendable {
  /// The data of the server.
  let cluster: String
  /// Who must be able to read them.
  let account: ServerAccount

  /// The name of the file of settings, which `postgresql.conf` includes.
  static let settingsName = "sluice.conf"
  /// The role that owns everything, and the name of its database.
  static let role = "sluice"

  /// Makes the server of a new cluster read our settings.
  /// - Throws: `unusable`.
  func includeSettings() throws(EmbeddedPostgresError) {
    let path = "\(cluster)/postgresql.conf"
    let line = "\ninclude '\(Self.settingsName)'\n"
    let descriptor = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    defer { close(descriptor) }
    try write(line, to: descriptor, path: path)
  }

  /// Writes what is ours, which may change from start to start: the settings, and who may connect.
  /// - Throws: `unusable`.
  func write(settings: String) throws(EmbeddedPostgresError) {
    for (name, text) in contents(settings: settings) {
      try replace(name, with: text)
    }
  }

  /// Whether the files on disk, which a running server was started with, say the same.
  func hold(settings: String) -> Bool {
    contents(settings: settings).allSatisfy { name, text in
      (try? String(contentsOfFile: "\(cluster)/\(name)", encoding: .utf8)) == text
    }
  }

  /// Only the socket can be connected to, only from within its private directory, and then the kernel's
  /// word counts (https://www.postgresql.org/docs/current/auth-peer.html): this process's user and the
  /// server's own account are the role.
  private func contents(settings: String) -> [(name: String, text: String)] {
    let daemon = ServerAccount(userID: geteuid())?.name
    let users = Set([account.name] + [daemon].compactMap { $0 }).sorted()
    return [
      ("pg_ident.conf", users.map { "\(Self.role) \"\($0)\" \(Self.role)\n" }.joined()),
      ("pg_hba.conf", "local all all peer map=\(Self.role)\n"),
      (Self.settingsName, settings),
    ]
  }

  /// Replaces a file as a whole, so that a crash leaves the old one or the new one.
  private func replace(_ name: String, with text: String) throws(EmbeddedPostgresError) {
    let path = "\(cluster)/\(name)"
    let new = "\(path).new"
    unlink(new)
    let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    defer { close(descriptor) }
    if account.isOther, fchown(descriptor, account.userID, account.groupID) != 0 {
      throw .unusable(path: path, reason: FileStatus.failure)
    }
    try write(text, to: descriptor, path: path)
    guard rename(new, path) == 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
  }

  private func write(
    _ text: String, to descriptor: Int32, path: String
  ) throws(EmbeddedPostgresError) {
    let count = Glibc.write(descriptor, text, text.utf8.count)
    guard count == text.utf8.count, fsync(descriptor) == 0 else {
      throw .unusable(path: path, reason: count < 0 ? FileStatus.failure : "the disk is full")
    }
  }
}
