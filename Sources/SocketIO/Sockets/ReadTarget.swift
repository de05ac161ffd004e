#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// One read that is about to happen, offered to the connection's owner, who may direct it into memory of
/// its own so that the bytes of a large body are copied only once, by the kernel.
///
///     func willRead(_ target: inout ReadTarget, from socket: StreamSocket) {
///       guard body.count < bodySize else { return }
///       target.append(to: &body, atMost: bodySize - body.count)
///     }
///
/// At most one of its methods may be called, once.
public struct ReadTarget: ~Copyable {
  private let descriptor: CInt
  private let limit: Int
  /// What the read gave; nil when the owner left the read to the socket.
  private(set) var outcome: ReadOutcome?

  init(descriptor: CInt, limit: Int) {
    self.descriptor = descriptor
    self.limit = limit
  }

  /// Receives into the front of `memory`, which is not empty.
  /// - Returns: how many bytes arrived; with 0, nothing did, and the socket sees to the reason.
  @discardableResult
  public mutating func fill(_ memory: UnsafeMutableRawBufferPointer) -> Int {
    precondition(outcome == nil, "a read fills one place, once")
    precondition(!memory.isEmpty, "there is no room to read into")
    let read = ReadOutcome.receive(
      from: descriptor, into: UnsafeMutableRawBufferPointer(rebasing: memory.prefix(limit)))
    outcome = read
    return read.count
  }

  /// Receives at most `count` bytes, at least 1, and appends them to `bytes`, whose capacity the owner
  /// reserved for the whole body beforehand, or it grows again and again.
  /// - Returns: how many bytes arrived, as with `fill`.
  @discardableResult
  public mutating func append(to bytes: inout [UInt8], atMost count: Int) -> Int {
    let room = min(count, limit)
    var filled = 0
    bytes.append(addingCapacity: room) { output in
      output.withUnsafeMutableBufferPointer { free, initialized in
        filled = fill(UnsafeMutableRawBufferPointer(start: free.baseAddress, count: room))
        initialized = filled
      }
    }
    return filled
  }
}

/// The result of one `recv`.
enum ReadOutcome: Equatable {
  /// Bytes arrived. When `drained`, fewer than there was room for, so nothing more waits.
  case bytes(Int, drained: Bool)
  /// Nothing waits.
  case nothing
  /// The peer shut down its side.
  case end
  /// The connection broke.
  case failure(CInt)

  /// How many bytes arrived.
  var count: Int {
    if case .bytes(let count, _) = self { count } else { 0 }
  }

  /// Receives into `memory` without waiting.
  static func receive(from descriptor: CInt, into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    while true {
      let count = recv(descriptor, memory.baseAddress, memory.count, 0)
      if count > 0 { return .bytes(count, drained: count < memory.count) }
      if count == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .nothing
      case let code: return .failure(code)
      }
    }
  }
}
