/// Splits parts of a file into lines, or into other records. A line above the limit is skipped to its end and reported
/// as `tooLong`.
struct LineSplitter {
  /// Bytes that a line has at most. A payload of the server's limit fits several times.
  static let longestLine = 4 << 20

  private let limit: Int
  private var boundary: RecordBoundary
  private var rest: [UInt8] = []
  private var isSkipping = false
  /// Number of lines so far, with those that were too long.
  private(set) var count = 0

  init(limit: Int = longestLine, boundary: RecordBoundary.Kind = .lines) {
    self.limit = limit
    self.boundary = RecordBoundary(boundary)
  }

  /// A line of the input.
  enum Line: Hashable {
    /// Range of the line in `Lines.bytes`.
    case at(Range<Int>)
    case tooLong
  }

  /// Bytes with complete lines, and the numbers and ranges of the lines.
  struct Lines {
    let bytes: [UInt8]
    let lines: [(number: Int, line: Line)]
  }

  /// Returns the lines that `part` completes.
  mutating func add(_ part: [UInt8]) -> Lines {
    var bytes = rest
    bytes += part
    var lines: [(number: Int, line: Line)] = []
    var start = 0
    while let record = boundary.record(in: bytes, from: start) {
      lines.append(finish(record.range))
      start = record.next
    }
    if bytes.count - start > limit {
      isSkipping = true
      start = bytes.count
    }
    rest = Array(bytes[start...])
    assert(rest.count <= limit, "an incomplete line is longer than the limit")
    return Lines(bytes: bytes, lines: lines)
  }

  /// Returns the last line if it has no line end.
  mutating func finish() -> Lines {
    defer { rest = [] }
    guard let last = isSkipping ? 0..<rest.count : boundary.rest(of: rest) else {
      return Lines(bytes: [], lines: [])
    }
    return Lines(bytes: rest, lines: [finish(last)])
  }

  private mutating func finish(_ range: Range<Int>) -> (Int, Line) {
    defer { isSkipping = false }
    count += 1
    return (count, isSkipping || range.count > limit ? .tooLong : .at(range))
  }
}

extension LineProblem {
  /// The problem of a line above the limit.
  static let tooLong = LineProblem("longer than \(LineSplitter.longestLine) bytes")
}
