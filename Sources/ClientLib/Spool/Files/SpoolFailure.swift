#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Why a spool's directory cannot be used.
enum SpoolFailure: Error {
  /// Another process has the lock.
  case inUse(directory: String, process: String)
  /// A file has another version of the format.
  case unknownVersion(path: String, UInt8)
  /// A system call failed with this `errno`.
  case system(_ call: String, path: String, code: CInt)
}

extension SpoolFailure {
  /// Whether a write failed because the file system or the user's quota has no space left.
  var isDiskFull: Bool {
    // After a failed sync it is unknown what the disk has, so it is never retried.
    guard case .system(let call, _, let code) = self, call != "sync" else { return false }
    return code == ENOSPC || code == EDQUOT
  }
}

extension ProducerError {
  /// The error for the user.
  init(_ failure: SpoolFailure) {
    switch failure {
    case .inUse(let directory, let process):
      self.init(
        .spoolInUse,
        "the spool \(directory) is used by another producer (process \(process)); "
          + "give each its own directory",
        isRetryable: true)
    case .unknownVersion(let path, let version):
      self.init(
        .spoolFailed,
        "\(path) has version \(version) of the spool's format, but this program knows version 1; "
          + "use the program that wrote it")
    case .system(let call, let path, let code):
      self.init(
        .spoolFailed,
        "cannot \(call) \(path): \(String(cString: strerror(code))); "
          + "correct the cause; the next producer over the spool sends its batches")
    }
  }
}
