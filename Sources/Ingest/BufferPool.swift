import Synchronization

/// A pool of byte arrays for received frames and for columns.
///
/// The system's allocator returns memory of this size to the kernel soon after it is freed, and a new array
/// then costs a page fault, with zeroing, for every 4 KiB. An array may be returned to the pool while
/// somebody still reads it: the next owner's first write copies the array (copy on write).
public final class BufferPool: Sendable {
  /// Minimum capacity in bytes of an array in the pool. The allocator itself caches smaller ones.
  public static let smallest = 16 << 10

  /// Returns the limit of a pool for frames beside a memory budget of `budget` bytes. It is small, because
  /// few frames are received at the same time.
  public static func frameLimit(budget: Int) -> Int { budget / 32 }

  /// Returns the limit of a pool for columns beside a memory budget of `budget` bytes.
  public static func columnLimit(budget: Int) -> Int { budget / 16 }

  /// Number of arrays that are compared with a request. The most recent ones are the most likely to fit.
  private static let candidates = 8

  private struct State {
    /// The most recently returned array last.
    var buffers: [[UInt8]] = []
    var bytes = 0

    /// Removes and returns one of the most recent arrays that fits; nil if none does.
    mutating func take(_ count: Int) -> [UInt8]? {
      for index in buffers.indices.suffix(BufferPool.candidates).reversed()
      where BufferPool.fits(count, in: buffers[index].capacity) {
        let buffer = buffers.remove(at: index)
        bytes -= buffer.capacity
        return buffer
      }
      return nil
    }

    /// Adds an array, and removes the oldest ones while the pool is above its limit.
    /// - Returns: the removed arrays.
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

  /// Maximum bytes in the pool.
  public let limit: Int
  private let state = Mutex(State())

  /// Creates a pool of at most `limit` bytes; 0 turns it off.
  public init(limit: Int) {
    precondition(limit >= 0, "a pool cannot have a negative limit")
    self.limit = limit
  }

  /// Bytes in the pool.
  public var byteCount: Int { state.withLock { $0.bytes } }

  /// Returns an empty array with room for `count` bytes, or for slightly more.
  public func take(_ count: Int) -> [UInt8] {
    guard count >= Self.smallest else { return [] }
    var buffer = state.withLock { $0.take(count) } ?? []
    buffer.removeAll(keepingCapacity: true)
    // A little more than needed, because the batches of one producer vary in size.
    if buffer.capacity < count { buffer.reserveCapacity(count + count / 16) }
    return buffer
  }

  /// Returns an array to the pool. The oldest arrays are freed if the pool is full.
  public func give(_ buffer: consuming [UInt8]) {
    let capacity = buffer.capacity
    guard capacity >= Self.smallest, capacity <= limit else { return }
    // The removed arrays are freed after the lock is released.
    _ = state.withLock { [buffer] in $0.give(buffer, limit: limit) }
  }

  /// Whether an array fits. One with more than 25% of extra room would distort the memory budget, which
  /// counts bytes.
  private static func fits(_ count: Int, in capacity: Int) -> Bool {
    capacity >= count && capacity - count <= count / 4
  }
}
