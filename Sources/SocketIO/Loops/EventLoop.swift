import Dispatch

/// One serial queue that a fixed share of the connections live on, with the memory they receive into.
///
/// A connection stays on its loop for life, so everything about it happens one at a time and needs no
/// lock. All connections of a loop receive into the same buffer: an idle one holds no receive memory.
/// Code on a loop must not block.
public final class EventLoop: Sendable {
  /// The name, as debuggers show it.
  public let name: String
  let queue: DispatchQueue
  // Safe: set once, freed in `deinit`, and reached only through `receiveBuffer`, which checks the loop.
  nonisolated(unsafe) private let receiveMemory: UnsafeMutableRawBufferPointer

  /// A loop called `name`, whose connections receive at most `receiveBufferBytes` at once.
  public init(name: String, receiveBufferBytes: Int = 256 * 1024) {
    precondition(receiveBufferBytes > 0, "a loop needs room to receive into")
    self.name = name
    self.queue = DispatchQueue(label: name, qos: .userInitiated)
    self.receiveMemory = .allocate(byteCount: receiveBufferBytes, alignment: 16)
  }

  deinit { receiveMemory.deallocate() }

  /// Runs `body` on the loop, later, after what was handed to it before. From any thread.
  public func run(_ body: @escaping @Sendable () -> Void) {
    queue.async(execute: body)
  }

  /// Stops the program unless the caller runs on this loop.
  public func preconditionOnLoop() {
    dispatchPrecondition(condition: .onQueue(queue))
  }

  /// The memory shared by all connections of the loop. Its content lasts until the next receive, so it
  /// is lent for one call and never kept.
  var receiveBuffer: UnsafeMutableRawBufferPointer {
    preconditionOnLoop()
    return receiveMemory
  }
}
