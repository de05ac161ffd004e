#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The directory that the connections' spools are in.
enum SpoolParent {
  /// Makes it, for its owner alone, if it is missing.
  static func make(_ path: String) throws(RunFailure) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw RunFailure(.input, "cannot make \(path): \(String(cString: strerror(errno)))")
    }
  }
}
