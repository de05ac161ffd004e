import Dispatch
import Synchronization

/// One serial queue for a fixed share of the connections, with the buffer that they receive into.
///
/// A connection stays on its loop for life, so its code runs one call at a time and needs no lock. All
/// connections of a loop receive into the same buffer, so an idle connection holds no receive memory. Code on a
/// loop must not block.
public final class EventLoop: Sendable {
  /// The name, as debuggers show it.
  public let name: String
  let queue: DispatchQueue
  // Safe: set once, freed in `deinit`, and reached only through `receiveBuffer`, which checks the loop.
  nonisolated(unsafe) private let receiveMemory: UnsafeMutableRawBufferPointer
  // Safe: set once, and reached only through `readiness`, which checks the loop.
  nonisolated(unsafe) private let sources: ReadinessSet

  /// A loop called `name`, whose connections receive at most `receiveBufferBytes` at once. Stops the program
  /// when no file descriptor is left, because a loop needs one.
  public init(name: String, receiveBufferBytes: Int = 256 * 1024) {
    precondition(receiveBufferBytes > 0, "a loop needs room to receive into")
    self.name = name
    self.queue = DispatchQueue(label: name, qos: .userInitiated)
    self.receiveMemory = .allocate(byteCount: receiveBufferBytes, alignment: 16)
    self.sources = ReadinessSet(queue: queue)
    sources.start { [weak self] in self?.sources.fireReady() }
  }

  deinit { receiveMemory.deallocate() }

  /// Runs `body` on the loop, after everything that was handed over before. From any thread.
  public func run(_ body: @escaping @Sendable () -> Void) {
    queue.async(execute: body)
  }

  /// Stops the program unless the caller runs on this loop.
  public func preconditionOnLoop() {
    dispatchPrecondition(condition: .onQueue(queue))
  }

  /// The descriptors that the loop watches.
  var readiness: ReadinessSet {
    preconditionOnLoop()
    return sources
  }

  /// The buffer shared by all connections of the loop. Its content lasts until the next receive, so it is
  /// lent for one call and never kept.
  var receiveBuffer: UnsafeMutableRawBufferPointer {
    preconditionOnLoop()
    return receiveMemory
  }
}

/// A fixed set of loops, which are assigned in turn.
public final class EventLoops: Sendable {
  /// The loops, at least one.
  public let all: [EventLoop]
  private let turn = Atomic<UInt>(0)

  /// `count` loops called `name`.0, `name`.1 and so on.
  public init(count: Int, name: String, receiveBufferBytes: Int = 256 * 1024) {
    precondition(count > 0, "a set of loops has at least one")
    self.all = (0..<count).map {
      EventLoop(name: "\(name).\($0)", receiveBufferBytes: receiveBufferBytes)
    }
  }

  /// The next loop in turn. From any thread.
  public func next() -> EventLoop {
    let (before, _) = turn.wrappingAdd(1, ordering: .relaxed)
    return all[Int(before % UInt(all.count))]
  }
}
