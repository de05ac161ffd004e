#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// An open file, closed with its last owner.
struct FileDescriptor: ~Copyable {
  let number: CInt
  let path: String

  /// Opens `path`; a new file is for its owner alone.
  init(opening path: String, _ flags: CInt, call: String) throws(SpoolFailure) {
    number = open(path, flags | O_CLOEXEC, 0o600)
    self.path = path
    guard number >= 0 else { throw .system(call, path: path, code: errno) }
  }

  deinit {
    guard number >= 0 else { return }
    // A child that this process is starting shares its lock until it runs its own program.
    flock(number, LOCK_UN)
    close(number)
  }

  /// Takes the lock of `flock(2)`, which the kernel drops with the process. False when somebody else has it.
  func tryLock() throws(SpoolFailure) -> Bool {
    guard flock(number, LOCK_EX | LOCK_NB) != 0 else { return true }
    guard errno == EWOULDBLOCK else { throw failure("lock") }
    return false
  }

  /// Everything in the file.
  func readAll() throws(SpoolFailure) -> [UInt8] {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw failure("read") }
    var outcome = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        outcome = pread(number, buffer.baseAddress.map { $0 + count }, buffer.count - count, off_t(count))
        if outcome < 0, errno == EINTR { continue }
        guard outcome > 0 else { return }
        count += outcome
      }
    }
    guard outcome >= 0 else { throw failure("read") }
    return bytes
  }

  /// Appends two parts, in one system call if the system takes all of them.
  func append(_ header: [UInt8], _ body: [UInt8]) throws(SpoolFailure) {
    var done = 0
    while done < header.count + body.count {
      let written = header.withUnsafeBytes { first in
        body.withUnsafeBytes { second in
          Self.write(number, (first.dropping(done), second.dropping(done - first.count)))
        }
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("write to") }
      done += written
    }
  }

  /// Cuts the file.
  func truncate(to count: Int) throws(SpoolFailure) {
    guard ftruncate(number, off_t(count)) == 0 else { throw failure("shorten") }
  }

  /// Waits until the disk has the file.
  func sync() throws(SpoolFailure) {
    #if canImport(Darwin)
      // There `fsync` stops at the drive's cache.
      guard fcntl(number, F_FULLFSYNC) == 0 || fsync(number) == 0 else { throw failure("sync") }
    #else
      guard fdatasync(number) == 0 else { throw failure("sync") }
    #endif
  }

  private func failure(_ call: String) -> SpoolFailure { .system(call, path: path, code: errno) }

  private static func write(
    _ number: CInt, _ parts: (UnsafeRawBufferPointer, UnsafeRawBufferPointer)
  ) -> Int {
    // The system only reads what `iov_base` points at.
    let vectors = [
      iovec(iov_base: UnsafeMutableRawPointer(mutating: parts.0.baseAddress), iov_len: parts.0.count),
      iovec(iov_base: UnsafeMutableRawPointer(mutating: parts.1.baseAddress), iov_len: parts.1.count),
    ]
    return vectors.withUnsafeBufferPointer { writev(number, $0.baseAddress, CInt($0.count)) }
  }
}

extension UnsafeRawBufferPointer {
  /// Without the first bytes, as many as there are.
  fileprivate func dropping(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[Swift.min(Swift.max(count, 0), self.count)...])
  }
}
