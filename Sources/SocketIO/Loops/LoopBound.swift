/// A value that belongs to one loop, wrapped so that its reference may travel through other threads.
///
/// Transports and connections are plain classes, so the compiler does not let them cross threads. Another
/// thread keeps such an object as `LoopBound`, and goes to the loop before it uses the object:
///
///     let connection = LoopBound(self, on: loop)
///     store.commit(batch) { counts in
///       connection.loop.run { connection.value.committed(counts) }
///     }
///
/// The `deinit` of such a class must not need the loop, because any thread may release the last reference.
public struct LoopBound<Value>: @unchecked Sendable {
  // Unchecked, and safe: the value can be reached only on the loop's serial queue, which `value` checks. It
  // came from that queue (checked), or was handed over without another reference (`sending`).

  /// The loop on which the value may be used.
  public let loop: EventLoop
  private let bound: Value

  /// Wraps a value of `loop`. On that loop only.
  public init(_ value: Value, on loop: EventLoop) {
    loop.preconditionOnLoop()
    self.loop = loop
    self.bound = value
  }

  /// Hands `value` over to `loop`. From any thread.
  public init(handing value: sending Value, to loop: EventLoop) {
    self.loop = loop
    self.bound = value
  }

  /// The value. On its loop only.
  public var value: Value {
    loop.preconditionOnLoop()
    return bound
  }
}
