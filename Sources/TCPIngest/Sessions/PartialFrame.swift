import SocketIO

/// The one frame of a connection that has begun to arrive and is not complete.
struct PartialFrame {
  private(set) var bytes: [UInt8] = []
  private(set) var total = 0

  var isEmpty: Bool { bytes.isEmpty }
  var isComplete: Bool { !bytes.isEmpty && bytes.count >= total }
  /// Bytes still to come.
  var missing: Int { total - bytes.count }

  /// Keeps the beginning of a frame of `total` bytes in `buffer`, which is empty; room for all of them
  /// is made now.
  init(_ beginning: RawSpan, total: Int, in buffer: consuming [UInt8]) {
    precondition(beginning.byteCount < total, "a complete frame needs no keeping")
    self.total = total
    bytes = buffer
    bytes.reserveCapacity(total)
    append(beginning)
  }

  /// Between frames.
  init() {}

  mutating func append(_ more: RawSpan) {
    precondition(more.byteCount <= missing, "the frame ends before these bytes")
    more.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Reads what is missing straight from the socket.
  mutating func fill(_ target: inout ReadTarget) {
    target.append(to: &bytes, atMost: missing)
  }

  /// The frame's bytes; nothing is kept.
  mutating func take() -> [UInt8] {
    defer { self = PartialFrame() }
    return bytes
  }
}
