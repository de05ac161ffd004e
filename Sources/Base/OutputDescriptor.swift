#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Writes to standard output and standard error.
package enum OutputDescriptor {
  /// Writes all of `text`. Blocks while the reader does not read, also when another program has made the terminal or the
  /// pipe non-blocking, because that holds for all programs that share it.
  /// - Returns: 0, or the `errno` of a write that failed.
  package static func write(_ text: String, to descriptor: CInt) -> CInt {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      guard written <= 0 else {
        rest = rest.dropFirst(written)
        continue
      }
      switch errno {
      case EINTR where written < 0: break
      case EAGAIN where written < 0: waitForRoom(descriptor)
      default: return errno
      }
    }
    return 0
  }

  /// Writes a result to standard output.
  /// - Returns: nil, or the reason why it could not be written.
  package static func writeResult(_ text: String) -> OutputFailure? {
    let code = write(text, to: STDOUT_FILENO)
    return code == 0 ? nil : OutputFailure(code: code)
  }

  private static func waitForRoom(_ descriptor: CInt) {
    var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // An error of the descriptor is an error of the next write, too.
    _ = poll(&waited, 1, -1)
  }

  private static func systemWrite(_ descriptor: CInt, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
      Darwin.write(descriptor, start, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, start, count)
    #else
      Glibc.write(descriptor, start, count)
    #endif
  }
}

/// The reason why a result could not be written to standard output.
package struct OutputFailure: CustomStringConvertible {
  /// The `errno` of the write.
  fileprivate let code: CInt

  /// Whether the reader closed the pipe. Most readers that do so have read what they need.
  package var isReaderGone: Bool { code == EPIPE }

  /// One line: what failed, why, and what to do.
  package var description: String {
    let advice = code == ENOSPC || code == EDQUOT ? "; make room" : ""
    return "cannot write the result: \(String(cString: strerror(code)))\(advice)"
  }
}
