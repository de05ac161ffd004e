/// Bytes that the system has not taken yet, in order. It holds the callers' arrays and copies none.
struct SendQueue {
  private var buffers: [[UInt8]] = []
  /// The first buffer that is not sent completely. `offset` bytes of it are sent.
  private var head = 0
  private var offset = 0
  /// Bytes that are not sent yet.
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

  /// Removes `count` sent bytes from the front.
  mutating func consume(_ count: Int) {
    precondition(count <= byteCount, "more bytes were sent than were queued")
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
