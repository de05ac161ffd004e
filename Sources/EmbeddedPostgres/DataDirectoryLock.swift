internal import Glibc

/// The exclusive right to a data directory, for as long as this object lives.
///
/// A lock of `flock(2)` belongs to the open file, so the kernel drops it when the process ends, for whatever
/// reason. The file is never deleted, because then two processes could lock two files of the same name.
final class DataDirectoryLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock, or fails at once if another process has it.
  /// - Throws: `inUse` when another process has the lock, `unusable` when the file cannot be opened.
  init(directory: String) throws(EmbeddedPostgresError) {
    let path = "\(directory)/sluiced.lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .unusable(path: path, reason: FileStatus.failure) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let isHeld = errno == EWOULDBLOCK
      let reason = FileStatus.failure
      let holder = Self.holder(in: descriptor)
      close(descriptor)
      throw isHeld ? .inUse(path: directory, holder: holder) : .unusable(path: path, reason: reason)
    }
    self.descriptor = descriptor
    let text = "\(getpid())\n"
    // The process id is only for the error message of the next daemon; the lock works without it.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
  }

  deinit {
    // Unlocks explicitly: after `close` alone, a child between its fork and its exec would still hold the
    // lock.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private static func holder(in descriptor: Int32) -> Int32? {
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return Int32(String(decoding: bytes.prefix(count), as: UTF8.self).prefix { $0.isNumber })
  }
}
