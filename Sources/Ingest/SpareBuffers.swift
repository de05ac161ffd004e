import Synchronization

/// Byte arrays that were used and will be used again, for frames being received and for columns.
///
/// The system's allocator hands back memory of this size soon after it is freed, and the next array then
/// costs a page fault, and the kernel's zeroing, for every 4 KiB. An array that somebody still reads may
/// be given, too: whoever writes to it later gets a copy of his own, as with any array.
public final class SpareBuffers: Sendable {
  /// Smaller arrays are left to the allocator, which keeps those.
  public static let smallest = 16 << 10

  /// What frames kept for later may take on top of a memory budget of `budget` bytes: few are received at
  /// the same time.
  public static func frameLimit(budget: Int) -> Int { budget / 32 }

  /// What columns kept for later may take on top of a memory budget of `budget` bytes.
  public static func columnLimit(budget: Int) -> Int { budget / 16 }

  /// How many are looked at for one that fits; the last ones given are the likeliest.
  private static let candidates = 8

  private struct State {
    /// The last one given last.
    var buffers: [[UInt8]] = []
    var bytes = 0

    /// One of the last ones that fits.
    mutating func take(_ count: Int) -> [UInt8]? {
      for index in buffers.indices.suffix(SpareBuffers.candidates).reversed()
      where SpareBuffers.fits(count, in: buffers[index].capacity) {
        let buffer = buffers.remove(at: index)
        bytes -= buffer.capacity
        return buffer
      }
      return nil
    }

    /// Adds one, and removes the oldest ones while there are too many bytes.
    /// - Returns: Those that were removed.
    mutating func give(_ buffer: [UInt8], limit: Int) -> ArraySlice<[UInt8]> {
      buffers.append(buffer)
      bytes += buffer.capacity
      var count = 0
      while bytes > limit {
        bytes -= buffers[count].capacity
        count += 1
      }
      guard count > 0 else { return [] }
      let oldest = buffers.prefix(count)
      buffers.removeFirst(count)
      return oldest
    }
  }

  /// Bytes kept at most.
  public let limit: Int
  private let state = Mutex(State())

  /// Keeps at most `limit` bytes; with 0, nothing.
  public init(limit: Int) {
    precondition(limit >= 0)
    self.limit = limit
  }

  /// Bytes kept now.
  public var byteCount: Int { state.withLock { $0.bytes } }

  /// An empty array with room for `count` bytes, or not much more than for those.
  public func take(_ count: Int) -> [UInt8] {
    guard count >= Self.smallest else { return [] }
    var buffer = state.withLock { $0.take(count) } ?? []
    buffer.removeAll(keepingCapacity: true)
    // Batches of one producer differ a little.
    if buffer.capacity < count { buffer.reserveCapacity(count + count / 16) }
    return buffer
  }

  /// Keeps an array for later, in the place of the oldest ones if need be.
  public func give(_ buffer: consuming [UInt8]) {
    let capacity = buffer.capacity
    guard capacity >= Self.smallest, capacity <= limit else { return }
    // What has to go is freed after the lock is released.
    _ = state.withLock { [buffer] in $0.give(buffer, limit: limit) }
  }

  /// More room than a quarter too much would make the memory budget, which counts bytes, wrong.
  private static func fits(_ count: Int, in capacity: Int) -> Bool {
    capacity >= count && capacity - count <= count / 4
  }
}
