import CIntrinsics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The memory of several arrays, for one gathering send (sendmsg(2)).
struct IOVectors {
  /// The most arrays that one send takes: enough to combine small frames, and few enough for the stack.
  static let most = 16

  private let vectors: UnsafeBufferPointer<iovec>
  /// The sum of all bytes.
  let byteCount: Int

  /// Calls `body` with the memory of the first arrays of `buffers`, at most `most`, without the first
  /// `skipping` bytes.
  static func over<Result>(
    _ buffers: ArraySlice<[UInt8]>, skipping: Int, _ body: (IOVectors) -> Result
  ) -> Result {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: most) { room in
      gather(buffers, skipping, into: room, used: 0, bytes: 0, body)
    }
  }

  /// Adds one array and calls itself for the next, because the pointer of an array is valid only inside a
  /// closure.
  private static func gather<Result>(
    _ buffers: ArraySlice<[UInt8]>, _ skipping: Int, into room: UnsafeMutableBufferPointer<iovec>,
    used: Int, bytes: Int, _ body: (IOVectors) -> Result
  ) -> Result {
    guard used < room.count, let buffer = buffers.first else {
      return body(IOVectors(vectors: UnsafeBufferPointer(rebasing: room.prefix(used)), byteCount: bytes))
    }
    return buffer.withUnsafeBytes { memory in
      let rest = UnsafeRawBufferPointer(rebasing: memory.dropFirst(skipping))
      // `iovec` has a mutable pointer because it also serves receiving; sendmsg(2) only reads.
      let start = UnsafeMutableRawPointer(mutating: rest.baseAddress)
      room.initializeElement(at: used, to: iovec(iov_base: start, iov_len: rest.count))
      return gather(
        buffers.dropFirst(), 0, into: room, used: used + 1, bytes: bytes + rest.count, body)
    }
  }

  /// Sends without waiting.
  func send(to descriptor: CInt) -> WriteOutcome {
    while true {
      let count = sluice_send_vectors(descriptor, vectors.baseAddress, CInt(vectors.count))
      if count >= 0 { return .bytes(count) }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK: return .bytes(0)
      case let code: return .failure(code)
      }
    }
  }
}

/// The result of one send.
enum WriteOutcome: Equatable {
  /// The number of bytes that the system took. Fewer than offered means that it has no room for more now.
  case bytes(Int)
  /// The connection broke, with this `errno`.
  case failure(CInt)
}
