#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Why a spool's directory can not be used, or not any more.
enum SpoolFailure: Error {
  /// Another producer has the lock.
  case inUse(directory: String, process: String)
  /// A file of another version of the format.
  case strangeVersion(path: String, UInt8)
  /// What could not be done to a file, with the `errno`.
  case system(_ call: String, path: String, code: CInt)
}

extension ProducerError {
  /// What the user is told.
  init(_ failure: SpoolFailure) {
    switch failure {
    case .inUse(let directory, let process):
      self.init(
        .spoolInUse,
        "the spool \(directory) is used by another producer (process \(process)); "
          + "give each its own directory",
        isRetryable: true)
    case .strangeVersion(let path, let version):
      self.init(
        .spoolFailed,
        "\(path) has version \(version) of the spool's format, and 1 is known here; "
          + "use the program that wrote it")
    case .system(let call, let path, let code):
      self.init(
        .spoolFailed,
        "can not \(call) \(path): \(String(cString: strerror(code))); "
          + "what the spool holds is sent by the next producer over it once that is mended")
    }
  }
}
