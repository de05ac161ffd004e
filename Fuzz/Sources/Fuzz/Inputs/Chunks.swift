import WireProtocol

/// Bytes that arrive a few at a time.
struct Chunks {
  private let bytes: [UInt8]
  private let size: Int
  private var start = 0
  private var end = 0

  init(_ bytes: [UInt8], size: Int) {
    self.bytes = bytes
    self.size = size
  }

  /// Range of the bytes that have arrived and are not consumed.
  var waiting: Range<Int> { start..<end }

  /// Lets the next bytes arrive; false when there are none left.
  mutating func arrive() -> Bool {
    guard end < bytes.count else { return false }
    end = min(bytes.count, end + size)
    return true
  }

  mutating func consume(_ count: Int) {
    precondition(count <= waiting.count, "\(count) of \(waiting.count) bytes consumed")
    start += count
  }
}
