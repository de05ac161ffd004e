/// Splits parts of a file into lines, or into other records. A line above the limit is reported as `tooLong` as soon as it
/// is above the limit, and skipped to its end.
///
/// A record without an end, such as one with a quotation mark too many, would take the whole input with it. So after
/// `mostSkipped` bytes the next line begins a record again.
struct LineSplitter {
  /// Bytes that a line has at most. A payload of the server's limit fits several times.
  static let longestLine = 4 << 20
  /// Bytes of a line above the limit that are shown.
  static let beginningBytes = 16 << 10
  /// Bytes after which a skipped record ends with its line, as a multiple of the limit.
  private static let skippedLimits = 16

  /// A record above the limit on the way to its end.
  private struct Skip {
    var scan: RecordScan
    var bytes = 0
  }

  private let limit: Int
  private var boundary: RecordBoundary
  private var rest: [UInt8] = []
  private var skip: Skip?
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
    /// Range of the beginning of a line above the limit in `Lines.bytes`.
    case tooLong(Range<Int>)
  }

  /// Bytes with complete lines, and the numbers and ranges of the lines.
  struct Lines {
    let bytes: [UInt8]
    let lines: [(number: Int, line: Line)]
  }

  /// Returns the lines that `part` completes, or whose length is above the limit with it.
  mutating func add(_ part: [UInt8]) -> Lines {
    guard let first = endOfSkipped(in: part) else { return Lines(bytes: [], lines: []) }
    var bytes = rest
    bytes += part
    var lines: [(number: Int, line: Line)] = []
    var start = first
    while let record = boundary.record(in: bytes, from: start) {
      lines.append(finish(record.range))
      start = record.next
    }
    if bytes.count - start > limit {
      let open = boundary.open(in: bytes, from: start)
      // Without the separators before the record.
      start = open?.first ?? bytes.count
      if let open, bytes.count - start > limit {
        lines.append(finish(start..<bytes.count))
        skip = Skip(scan: open.scan)
        start = bytes.count
      }
    }
    rest = Array(bytes[start...])
    assert(rest.count <= limit, "an incomplete line is longer than the limit")
    return Lines(bytes: bytes, lines: lines)
  }

  /// Returns the last line if it has no line end.
  mutating func finish() -> Lines {
    defer { rest = [] }
    guard let last = boundary.rest(of: rest) else { return Lines(bytes: [], lines: []) }
    return Lines(bytes: rest, lines: [finish(last)])
  }

  /// Returns the index after the record that is skipped, which is 0 without one; nil when `part` does not end it.
  private mutating func endOfSkipped(in part: [UInt8]) -> Int? {
    guard var skip else { return 0 }
    assert(rest.isEmpty, "a skipped record is not kept")
    var next = skip.scan.end(in: part, from: 0)?.next
    skip.bytes += part.count
    if next == nil, skip.bytes > limit * Self.skippedLimits {
      next = part.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
    }
    self.skip = next == nil ? skip : nil
    return next
  }

  private mutating func finish(_ range: Range<Int>) -> (Int, Line) {
    count += 1
    guard range.count > limit else { return (count, .at(range)) }
    return (count, .tooLong(range.lowerBound..<range.lowerBound + min(limit, Self.beginningBytes)))
  }
}

extension LineProblem {
  /// The problem of a line above the limit.
  static let tooLong = LineProblem("longer than \(LineSplitter.longestLine) bytes")
  /// The problem of the header of CSV above the limit. No record after it has names.
  static let tooLongHeader = LineProblem("the header is \(tooLong)", endsInput: true)
}
