import Glibc

/// Log of the events of a run with their times, one line each, for the analysis of findings.
final class RunLog: Sendable {
  private let descriptor: CInt
  private let start = ContinuousClock.now

  /// Opens the file for appending.
  /// - Throws: `SystemFailure` when the file cannot be opened.
  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("cannot open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// Appends a line that begins with the seconds since the beginning of the run.
  func note(_ text: String) {
    let milliseconds = Int(start.duration(to: .now) / .milliseconds(1))
    let time = "\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())"
    let line = Array("\(time) \(text)\n".utf8)
    // A failed write is ignored, because a missing line does not affect the run.
    _ = write(descriptor, line, line.count)
  }
}
