#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A failed system call.
struct SystemFailure: Error, Hashable, CustomStringConvertible {
  /// The `errno` of the call.
  let code: CInt

  /// The reason for people.
  var description: String { String(cString: strerror(code)) }
}

/// An open file, closed when its last owner releases it.
final class OpenFile: Sendable {
  /// Values of `fstat(2)` or `stat(2)`.
  struct Status: Hashable, Sendable {
    let key: FileKey
    /// Bytes.
    let size: UInt64
    /// Nanoseconds since 1970 at which the content last changed.
    let modified: Int64
    let isRegular: Bool
  }

  let descriptor: CInt

  /// Opens `path`. A new file is readable and writable by its owner only.
  init(_ path: String, _ flags: CInt) throws(SystemFailure) {
    descriptor = open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemFailure(code: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Returns up to `count` bytes from `offset`; fewer at the end of the file.
  func read(at offset: UInt64, count: Int) throws(SystemFailure) -> [UInt8] {
    var code: CInt = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      while done < count {
        let place = off_t(clamping: offset + UInt64(done))
        let outcome = pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, place)
        if outcome < 0, errno == EINTR { continue }
        if outcome < 0 { code = errno }
        guard outcome > 0 else { return }
        done += outcome
      }
    }
    guard code == 0 else { throw SystemFailure(code: code) }
    return bytes
  }

  /// Writes all bytes.
  func write(_ bytes: [UInt8]) throws(SystemFailure) {
    var done = 0
    while done < bytes.count {
      let outcome = bytes.withUnsafeBytes { Self.write(descriptor, $0[done...]) }
      if outcome < 0, errno == EINTR { continue }
      guard outcome > 0 else { throw SystemFailure(code: errno) }
      done += outcome
    }
  }

  /// Waits until the disk has the file, or the entries of a directory.
  func sync() throws(SystemFailure) {
    guard fsync(descriptor) == 0 else { throw SystemFailure(code: errno) }
  }

  /// Returns the status of the open file, whatever its name is now.
  func status() throws(SystemFailure) -> Status {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemFailure(code: errno) }
    return Status(status)
  }

  /// Returns the status of the file at `path`; nil when there is none.
  static func status(of path: String) -> Status? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Status(status)
  }

  private static func write(_ descriptor: CInt, _ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    let part = UnsafeRawBufferPointer(rebasing: bytes)
    #if canImport(Darwin)
      return Darwin.write(descriptor, part.baseAddress, part.count)
    #else
      return Glibc.write(descriptor, part.baseAddress, part.count)
    #endif
  }
}

extension OpenFile.Status {
  fileprivate init(_ status: stat) {
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    self.init(
      key: FileKey(device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(status.st_ino)),
      size: UInt64(max(0, status.st_size)),
      modified: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec),
      isRegular: status.st_mode & S_IFMT == S_IFREG)
  }
}
