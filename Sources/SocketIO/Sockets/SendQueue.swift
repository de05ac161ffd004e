/// What the system would not take yet, in order. Holds the callers' arrays, copies none.
struct SendQueue {
  private var buffers: [[UInt8]] = []
  /// The first buffer not sent completely, and how much of it was.
  private var head = 0
  private var offset = 0
  /// Bytes that wait.
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  mutating func append(_ buffer: [UInt8]) {
    guard !buffer.isEmpty else { return }
    buffers.append(buffer)
    byteCount += buffer.count
  }

  mutating func removeAll() {
    self = SendQueue()
  }

  /// Takes `count` sent bytes off the front.
  mutating func consume(_ count: Int) {
    precondition(count <= byteCount, "more was sent than waited")
    byteCount -= count
    offset += count
    while head < buffers.count, offset >= buffers[head].count {
      offset -= buffers[head].count
      buffers[head] = []
      head += 1
    }
    if isEmpty {
      removeAll()
    } else if head > buffers.count / 2 {
      buffers.removeFirst(head)
      head = 0
    }
  }

  /// Calls `body` with the front of the queue, at most `IOVectors.most` buffers.
  func withVectors<Result>(_ body: (IOVectors) -> Result) -> Result {
    IOVectors.over(buffers[head...], skipping: offset, body)
  }
}
