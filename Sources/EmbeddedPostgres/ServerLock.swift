internal import Glibc

/// A lock that every process of a server holds. It reveals a server whose processes are not visible, for
/// example in another container on the same volume, whose process numbers mean nothing here.
///
/// The lock of `flock(2)` belongs to an open file. The server inherits the open file as its standard input,
/// which Postgres does not use, and passes it on to its own processes. The kernel drops the lock when the last
/// of these processes ends, for whatever reason.
///
/// Reasons: `docs/decisions/0035-the-embedded-postgres-holds-a-lock-file.md`.
struct ServerLock: ~Copyable {
  private let descriptor: Int32

  /// Returns the path of the lock's file in the data directory `directory`. The file is never deleted,
  /// because a lock on a deleted file protects nothing.
  static func path(in directory: String) -> String { "\(directory)/postgres.lock" }

  /// Takes the lock, or fails at once if another process has it.
  /// - Throws: `heldElsewhere` when a process of a server has the lock, `unusable` when the file cannot be
  ///   opened.
  init(directory: String) throws(EmbeddedPostgresError) {
    let path = Self.path(in: directory)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isHeld = errno == EWOULDBLOCK
      let reason = FileStatus.failure
      close(descriptor)
      throw isHeld ? .heldElsewhere(path: directory) : .unusable(path: path, reason: reason)
    }
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Returns a descriptor of the same open file for a server to inherit. The caller closes it.
  /// - Throws: `unusable` when there is no free descriptor.
  func share() throws(EmbeddedPostgresError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .unusable(path: "postgres.lock", reason: FileStatus.failure) }
    return copy
  }
}
