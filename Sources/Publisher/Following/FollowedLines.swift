#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// Lines of a followed file that were read together.
struct FollowedLines: Sendable {
  /// A line of the file.
  struct Line: Hashable, Sendable {
    /// Range of the line without its end in `FollowedLines.bytes`; nil for a line above the limit.
    let range: Range<Int>?
    /// Index in `FollowedLines.bytes` after the end of the line.
    let end: Int
  }

  let file: FileID
  let path: String
  /// Some bytes before the lines, for the fingerprint of positions, and then the lines.
  let bytes: [UInt8]
  /// Bytes of the file before `bytes`.
  let start: UInt64
  let lines: [Line]

  /// The offset of a line in the file.
  func offset(of range: Range<Int>) -> UInt64 { start + UInt64(range.lowerBound) }

  /// The position after `end` bytes of `bytes`.
  func position(after end: Int) -> FilePosition {
    let tail = bytes.span.extracting(max(0, end - FilePosition.tailBytes)..<end)
    return FilePosition(offset: start + UInt64(end), tail: file.fingerprint(of: tail.bytes))
  }

  /// The lines of `bytes` that have an end, from `first` on.
  static func lines(of bytes: [UInt8], from first: Int) -> [Line] {
    var lines: [Line] = []
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      var start = first
      while start < buffer.count, let found = memchr(base + start, 0x0A, buffer.count - start) {
        let end = UnsafeRawPointer(found) - base
        lines.append(Line(range: start..<end, end: end + 1))
        start = end + 1
      }
    }
    return lines
  }
}
