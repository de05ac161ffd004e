import Synchronization

/// A fixed set of loops, given out in turn.
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
