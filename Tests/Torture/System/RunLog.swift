import Glibc

/// What happened in a run, and when: one line each, so that a finding can be looked into.
final class RunLog: Sendable {
  private let descriptor: CInt
  private let start = ContinuousClock.now

  /// Opens the file to write at its end.
  /// - Throws: `SystemFailure`.
  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("can not open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// Adds a line, with the seconds since the beginning before it.
  func note(_ text: String) {
    let milliseconds = Int(start.duration(to: .now) / .milliseconds(1))
    let time = "\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())"
    let line = Array("\(time) \(text)\n".utf8)
    // A line less harms nobody.
    _ = write(descriptor, line, line.count)
  }
}
