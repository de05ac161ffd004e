internal import Glibc

/// The exclusive right to a data directory, for as long as this object lives.
///
/// A lock of `flock(2)` belongs to the open file, so the kernel drops it with the process, however that
/// ends. The file itself stays: deleting it would let two processes lock two files of one name.
final class DataDirectoryLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock, or fails at once.
  /// - Throws: `inUse` when another process has it, `unusable` when there can be no such file.
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
    // The number is for people who read the error message of the next one; the lock holds without it.
    if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
  }

  deinit {
    // Closing alone would leave the lock with a child that is between its fork and its exec just now.
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
