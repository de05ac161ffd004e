import Dispatch

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file or the standard input, read in parts on its own queue, because reading may block.
final class InputFile: Sendable {
  /// Result of waiting for input.
  enum Part: Hashable {
    /// At least one byte.
    case bytes([UInt8])
    /// No bytes within the timeout; more may follow.
    case pause
    /// The end of the input.
    case end
  }

  private static let partBytes = 256 << 10

  private let descriptor: CInt
  private let queue = DispatchQueue(label: "sluice.publish.input")

  /// Opens the file at `path`, or the standard input for `-`.
  init(_ path: String) throws(RunFailure) {
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw RunFailure(.input, "cannot open \(path): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
  }

  /// Returns the next part, or `pause` after `timeout`.
  func next(timeout: Duration) async throws(RunFailure) -> Part {
    let result = await withCheckedContinuation { continuation in
      queue.async { [self] in continuation.resume(returning: read(timeout)) }
    }
    return try result.get()
  }

  private func read(_ timeout: Duration) -> Result<Part, RunFailure> {
    var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let milliseconds = CInt(
      clamping: timeout / .milliseconds(1) < 1 ? 1 : Int64(timeout / .milliseconds(1)))
    guard poll(&waited, 1, milliseconds) != 0 else { return .success(.pause) }
    var outcome = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.partBytes) { buffer, count in
      repeat {
        outcome = Self.read(descriptor, buffer)
      } while outcome < 0 && errno == EINTR
      count = max(0, outcome)
    }
    if outcome > 0 { return .success(.bytes(bytes)) }
    if outcome == 0 { return .success(.end) }
    return .failure(RunFailure(.input, "cannot read the input: \(String(cString: strerror(errno)))"))
  }

  private static func read(_ descriptor: CInt, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    #if canImport(Darwin)
      Darwin.read(descriptor, buffer.baseAddress, buffer.count)
    #else
      Glibc.read(descriptor, buffer.baseAddress, buffer.count)
    #endif
  }
}
