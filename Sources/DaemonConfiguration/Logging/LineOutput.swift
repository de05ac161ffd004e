internal import Glibc

/// Where lines go: an open file descriptor that outlives the process's loggers.
public struct LineOutput: Sendable {
  private let descriptor: Int32

  /// Standard error.
  public static let standardError = LineOutput(descriptor: STDERR_FILENO)

  /// The open descriptor `descriptor`, which stays its owner's to close.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Writes `line`, with as few system calls as the kernel allows: one, unless it takes only a part.
  /// What can not be written is dropped: there is nowhere left to say so.
  func write(_ line: String) {
    var line = line
    line.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
