#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One read that is about to happen. The connection's owner may direct it into its own memory, so that only
/// the kernel copies the bytes of a large body.
///
///     func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {
///       guard body.count < bodySize else { return }
///       target.append(to: &body, atMost: bodySize - body.count)
///     }
///
/// The owner calls at most one of its methods, once; a second call stops the program.
public struct ReadTarget: ~Copyable {
  private let transport: any ByteTransport
  private let limit: Int
  /// The result of the read; nil when the owner left the read to the transport.
  public private(set) var outcome: ReadOutcome?

  /// A read of at most `limit` bytes from `transport`.
  public init(from transport: any ByteTransport, limit: Int) {
    self.transport = transport
    self.limit = limit
  }

  /// Receives into the front of `memory`, which is not empty.
  /// - Returns: how many bytes arrived; 0 when none did, and then the transport handles the reason.
  @discardableResult
  public mutating func fill(_ memory: UnsafeMutableRawBufferPointer) -> Int {
    precondition(outcome == nil, "a read target was filled twice")
    precondition(!memory.isEmpty, "there is no room to read into")
    let read = transport.read(into: UnsafeMutableRawBufferPointer(rebasing: memory.prefix(limit)))
    assert(read.count <= min(limit, memory.count), "a transport read more than there was room for")
    outcome = read
    return read.count
  }

  /// Receives at most `count` bytes, at least 1, and appends them to `bytes`. The owner reserves the capacity
  /// for the whole body beforehand; otherwise the array grows again and again.
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

/// The result of one read.
public enum ReadOutcome: Equatable, Sendable {
  /// Bytes arrived. When `drained`, they filled less than the room, so nothing more is waiting.
  case bytes(Int, drained: Bool)
  /// Nothing is waiting.
  case nothing
  /// The peer shut down its direction.
  case end
  /// The connection broke, with this `errno`.
  case failure(CInt)

  /// How many bytes arrived.
  public var count: Int {
    if case .bytes(let count, _) = self { count } else { 0 }
  }

  /// Receives from a socket into `memory` without waiting (recv(2)).
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
