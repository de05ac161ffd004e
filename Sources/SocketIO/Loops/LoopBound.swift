/// A value that belongs to one loop, wrapped so that its reference may travel through other threads.
///
/// Sockets, and the sessions on top of them, are plain classes that the compiler keeps from crossing
/// threads. A thread that has something to tell one keeps it `LoopBound` and goes to the loop first:
///
///     let session = LoopBound(self, on: loop)
///     store.commit(batch) { counts in
///       session.loop.run { session.value.committed(counts) }
///     }
///
/// A class kept this way must do nothing in `deinit` that needs the loop: the last reference may be
/// dropped on any thread.
public struct LoopBound<Value>: @unchecked Sendable {
  // Unchecked, and safe: the value is only reachable on the loop's serial queue, as `value` itself checks,
  // and it came from that queue (checked) or was handed over with nobody left to share it (`sending`).

  /// Where the value may be used.
  public let loop: EventLoop
  private let bound: Value

  /// Wraps a value of `loop`. On that loop only.
  public init(_ value: Value, on loop: EventLoop) {
    loop.preconditionOnLoop()
    self.loop = loop
    self.bound = value
  }

  /// Gives `value` away to `loop`. From any thread.
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
