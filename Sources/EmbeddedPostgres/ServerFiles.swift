internal import Glibc

/// The configuration files that Sluice adds to those of `initdb` in the data of the embedded server.
struct ServerFiles: Sendable {
  /// The directory of the server's data.
  let cluster: String
  /// The account that must be able to read the files.
  let account: ServerAccount

  /// The name of the file of settings, which `postgresql.conf` includes.
  static let settingsName = "sluice.conf"
  /// The role that owns all objects, which is also the name of its database.
  static let role = "sluice"

  /// Makes the server of a new cluster include `sluice.conf`.
  /// - Throws: `unusable`.
  func includeSettings() throws(EmbeddedPostgresError) {
    let path = "\(cluster)/postgresql.conf"
    let line = "\ninclude '\(Self.settingsName)'\n"
    let descriptor = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    defer { close(descriptor) }
    try write(line, to: descriptor, path: path)
  }

  /// Writes the files that may change from start to start: the settings, and the rules of who may connect.
  /// - Throws: `unusable`.
  func write(settings: String) throws(EmbeddedPostgresError) {
    for (name, text) in contents(settings: settings) {
      try replace(name, with: text)
    }
  }

  /// Whether the files on disk, with which a running server was started, have the same contents.
  /// - Throws: `uncertain` when the files cannot be read.
  func hold(settings: String) throws(EmbeddedPostgresError) -> Bool {
    for (name, text) in contents(settings: settings) {
      guard try SystemFile.text(of: "\(cluster)/\(name)") == text else { return false }
    }
    return true
  }

  /// Returns the names and texts of the files. The server can be reached only by its socket in a private
  /// directory, and by peer authentication (https://www.postgresql.org/docs/current/auth-peer.html): the
  /// kernel reports the user, and the user of this process and the server's own account may use the role.
  private func contents(settings: String) -> [(name: String, text: String)] {
    let daemon = ServerAccount(userID: geteuid())?.name
    let users = Set([account.name] + [daemon].compactMap { $0 }).sorted()
    return [
      ("pg_ident.conf", users.map { "\(Self.role) \"\($0)\" \(Self.role)\n" }.joined()),
      ("pg_hba.conf", "local all all peer map=\(Self.role)\n"),
      (Self.settingsName, settings),
    ]
  }

  /// Replaces a file as a whole, so that a crash leaves either the old file or the new file.
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
