#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A file to which refused lines are appended as they came, to be corrected and published again.
final class RejectsFile: Sendable {
  private let path: String
  private let file: OpenFile

  /// Opens the file at `path`, and keeps what it has.
  init(_ path: String) throws(RunFailure) {
    self.path = path
    do throws(SystemFailure) {
      file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
    } catch {
      throw RunFailure(.input, "cannot open the file of refused lines, \(path): \(error)")
    }
  }

  /// Appends a line, a note and a line end.
  func append(_ line: RawSpan, note: String) throws(RunFailure) {
    do throws(SystemFailure) {
      try file.write(line.withUnsafeBytes { Array($0) } + Array("\(note)\n".utf8))
    } catch {
      throw RunFailure(.incomplete, "cannot write the file of refused lines, \(path): \(error)")
    }
  }
}
