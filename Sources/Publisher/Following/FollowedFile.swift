#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One content of a followed file, with the position up to which its lines were read.
struct FollowedFile: Sendable {
  /// Result of reading.
  enum Reading: Sendable {
    case lines(FollowedLines)
    /// No complete line is left.
    case end
    /// The bytes before the position have changed: the file was truncated and has grown again.
    case truncated
  }

  static let partBytes = 256 << 10

  let id: FileID
  var key: FileKey
  var path: String
  var head: FileHead
  private(set) var position: FilePosition
  /// Whether the file was renamed, left the patterns, or is a copy: its writer goes on with another file.
  var isRotated: Bool
  /// Whether no path of the patterns has the file any more.
  var isOutside = false
  /// Nil while the file need not be read.
  var open: OpenFile?
  /// Whether the head was compared since the file was opened. A closed file may be another one with the same inode.
  var isVerified: Bool
  /// The time of the last change, in nanoseconds since 1970; nil while it is unknown.
  private var modified: Int64?
  /// Bytes of the file when it was looked at.
  private(set) var size: UInt64 = 0
  /// When `size` was another one.
  private(set) var changed: ContinuousClock.Instant
  /// The place behind the read part of a line above the limit.
  private var skipped: FilePosition?
  /// Bytes that were looked at; those behind the position have no line end.
  private var examined: UInt64

  /// A new content.
  init(_ id: FileID, _ key: FileKey, path: String, head: FileHead, now: ContinuousClock.Instant) {
    let start = FilePosition.start(of: id)
    self.init(
      NotedFile(id: id, key: key, path: path, head: head, position: start, isRotated: false), now: now)
    isVerified = true
  }

  /// A content from the state file, or the copy of one.
  init(_ noted: NotedFile, now: ContinuousClock.Instant) {
    id = noted.id
    key = noted.key
    path = noted.path
    head = noted.head
    position = noted.position
    isRotated = noted.isRotated
    isVerified = false
    examined = noted.position.offset
    changed = now
  }

  /// The content for the state file.
  /// - Parameter position: up to which everything is committed.
  func noted(_ position: FilePosition) -> NotedFile {
    NotedFile(id: id, key: key, path: path, head: head, position: position, isRotated: isRotated)
  }

  /// Records the path and the time of the last change that a look at the file found.
  mutating func note(_ path: String, modified: Int64?) {
    if path != self.path { isRotated = true }
    if open == nil, path != self.path || modified != self.modified { isVerified = false }
    (self.path, self.modified, isOutside) = (path, modified, false)
  }

  /// Closes the file until it changes.
  mutating func close() {
    open = nil
  }

  /// Whether every byte was looked at.
  var isAtEnd: Bool { size <= examined }

  /// Bytes that cannot be read any more after the file was truncated.
  var unread: UInt64 { size > position.offset ? size - position.offset : 0 }

  /// Records the size. False when the file is shorter than its head or than the part that was read.
  mutating func resize(_ size: UInt64, now: ContinuousClock.Instant) -> Bool {
    guard size >= max(UInt64(head.count), skipped?.offset ?? position.offset) else { return false }
    if size != self.size { changed = now }
    self.size = size
    examined = min(examined, size)
    return true
  }

  /// Returns complete lines, at most up to the size of the last `resize`.
  /// - Parameters:
  ///   - limit: bytes of a line at most. A longer one is skipped to its end.
  mutating func read(limit: Int = LineSplitter.longestLine, part: Int = partBytes) throws(SystemFailure)
    -> Reading
  {
    guard let open else { return .end }
    var wanted = part
    while !isAtEnd {
      let from = skipped ?? position
      let lead = min(UInt64(FilePosition.tailBytes), from.offset)
      let rest = Int(clamping: size - from.offset)
      let bytes = try open.read(at: from.offset - lead, count: Int(lead) + min(wanted, rest))
      // A file may be truncated and written again between a look at its size and this call.
      guard bytes.count >= Int(lead), from.tail == fingerprint(bytes, upTo: Int(lead)),
        from.offset > 0 || head.fits(bytes, id)
      else { return .truncated }
      let found = lines(bytes, from: Int(lead), start: from.offset - lead)
      if let last = found.lines.last {
        position = found.position(after: last.end)
        (skipped, examined) = (nil, position.offset)
        return .lines(found)
      }
      if bytes.count - Int(lead) > limit || skipped != nil {
        let reached = found.position(after: bytes.count)
        (skipped, examined) = (reached, reached.offset)
      } else if bytes.count - Int(lead) < wanted {
        examined = size
      } else {
        wanted = min(wanted * 4, limit + 1)
      }
    }
    return .end
  }

  /// Returns the last line although it has no end.
  mutating func readRest(limit: Int = LineSplitter.longestLine) throws(SystemFailure) -> Reading {
    guard let open, size > position.offset else { return .end }
    let from = skipped ?? position
    let lead = Int(min(UInt64(FilePosition.tailBytes), from.offset))
    let rest = Int(clamping: size - from.offset)
    let bytes = try open.read(at: from.offset - UInt64(lead), count: lead + min(rest, limit + 1))
    guard bytes.count >= lead, from.tail == fingerprint(bytes, upTo: lead) else { return .truncated }
    let isLong = skipped != nil || bytes.count - lead > limit
    let line = FollowedLines.Line(range: isLong ? nil : lead..<bytes.count, end: bytes.count)
    let found = FollowedLines(
      file: id, path: path, bytes: bytes, start: from.offset - UInt64(lead), lines: [line])
    position = found.position(after: bytes.count)
    (skipped, examined) = (nil, position.offset)
    return .lines(found)
  }

  private func lines(_ bytes: [UInt8], from first: Int, start: UInt64) -> FollowedLines {
    var lines = FollowedLines.lines(of: bytes, from: first)
    if skipped != nil, let first = lines.first { lines[0] = FollowedLines.Line(range: nil, end: first.end) }
    return FollowedLines(file: id, path: path, bytes: bytes, start: start, lines: lines)
  }

  private func fingerprint(_ bytes: [UInt8], upTo end: Int) -> String {
    id.fingerprint(of: bytes.span.extracting(first: end).bytes)
  }
}
