#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// An open file, closed when its owner is released.
struct FileDescriptor: ~Copyable {
  let number: CInt
  let path: String
  private let watch: FileWatch?

  /// Opens `path`. A new file is readable and writable by its owner only.
  /// - Parameter watch: asked before each change of the file.
  init(
    opening path: String, _ flags: CInt, call: String, watch: FileWatch? = nil
  ) throws(SpoolFailure) {
    number = open(path, flags | O_CLOEXEC, 0o600)
    self.path = path
    self.watch = watch
    guard number >= 0 else { throw .system(call, path: path, code: errno) }
  }

  deinit {
    guard number >= 0 else { return }
    // A child process that is being started has this lock, too, until it executes its program.
    flock(number, LOCK_UN)
    close(number)
  }

  /// Takes the lock of `flock(2)`, which the kernel releases with the process. False when another process
  /// has it.
  func tryLock() throws(SpoolFailure) -> Bool {
    guard flock(number, LOCK_EX | LOCK_NB) != 0 else { return true }
    guard errno == EWOULDBLOCK else { throw failure("lock") }
    return false
  }

  /// Returns the content of the file.
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

  /// Appends two parts, in one system call unless the system writes less.
  func append(_ header: [UInt8], _ body: [UInt8]) throws(SpoolFailure) {
    try watch.ask(.write(path, bytes: header.count + body.count), "write to")
    try write(header, body)
  }

  /// Writes two parts at the beginning of a file that was not opened for appending.
  func overwrite(_ header: [UInt8], _ body: [UInt8]) throws(SpoolFailure) {
    try watch.ask(.overwrite(path, bytes: header.count + body.count), "write to")
    try write(header, body)
  }

  private func write(_ header: [UInt8], _ body: [UInt8]) throws(SpoolFailure) {
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

  /// Shortens the file.
  func truncate(to count: Int) throws(SpoolFailure) {
    try watch.ask(.cut(path, to: count), "shorten")
    guard ftruncate(number, off_t(count)) == 0 else { throw failure("shorten") }
  }

  /// Waits until the disk has the file's data.
  func sync() throws(SpoolFailure) {
    try watch.ask(.sync(path), "sync")
    #if canImport(Darwin)
      // On Darwin `fsync` does not flush the drive's cache.
      guard fcntl(number, F_FULLFSYNC) == 0 || fsync(number) == 0 else { throw failure("sync") }
    #else
      guard fdatasync(number) == 0 else { throw failure("sync") }
    #endif
  }

  private func failure(_ call: String) -> SpoolFailure { .system(call, path: path, code: errno) }

  private static func write(
    _ number: CInt, _ parts: (UnsafeRawBufferPointer, UnsafeRawBufferPointer)
  ) -> Int {
    // The system call only reads from `iov_base`.
    let vectors = [
      iovec(iov_base: UnsafeMutableRawPointer(mutating: parts.0.baseAddress), iov_len: parts.0.count),
      iovec(iov_base: UnsafeMutableRawPointer(mutating: parts.1.baseAddress), iov_len: parts.1.count),
    ]
    return vectors.withUnsafeBufferPointer { writev(number, $0.baseAddress, CInt($0.count)) }
  }
}

extension UnsafeRawBufferPointer {
  /// Returns the buffer without its first `count` bytes; empty when it has fewer.
  fileprivate func dropping(_ count: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: self[Swift.min(Swift.max(count, 0), self.count)...])
  }
}
