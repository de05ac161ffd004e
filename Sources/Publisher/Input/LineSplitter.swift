/// Cuts parts of a file into lines. A line that is longer than the limit is skipped to its end and reported.
struct LineSplitter {
  /// Bytes of a line at most: a payload of the server's limit fits several times.
  static let longestLine = 4 << 20

  private let limit: Int
  private var rest: [UInt8] = []
  private var isSkipping = false
  /// Lines so far, the longest included.
  private(set) var count = 0

  init(limit: Int = longestLine) {
    self.limit = limit
  }

  /// A line that was cut out.
  enum Line: Hashable {
    /// Its place in `bytes`.
    case at(Range<Int>)
    case tooLong
  }

  /// Bytes that hold complete lines, and where.
  struct Lines {
    let bytes: [UInt8]
    let lines: [(number: Int, line: Line)]
  }

  /// The lines that `part` completes.
  mutating func add(_ part: [UInt8]) -> Lines {
    var bytes = rest
    bytes += part
    var lines: [(number: Int, line: Line)] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(finish(start..<end))
      start = end + 1
    }
    if bytes.count - start > limit {
      isSkipping = true
      start = bytes.count
    }
    rest = Array(bytes[start...])
    return Lines(bytes: bytes, lines: lines)
  }

  /// The last line, which need not have an end.
  mutating func finish() -> Lines {
    defer { rest = [] }
    guard !rest.isEmpty || isSkipping else { return Lines(bytes: [], lines: []) }
    return Lines(bytes: rest, lines: [finish(0..<rest.count)])
  }

  private mutating func finish(_ range: Range<Int>) -> (Int, Line) {
    defer { isSkipping = false }
    count += 1
    return (count, isSkipping || range.count > limit ? .tooLong : .at(range))
  }
}
