/// One thing that goes wrong on a proxied connection, and when.
public struct Fault: Sendable {
  /// Which way the bytes flow that a fault is about.
  public enum Direction: Hashable, Sendable, CaseIterable {
    /// From whoever connected to the proxy.
    case toServer
    /// From whom the proxy connected to.
    case toClient
  }

  /// When it happens, counted in one direction from the moment it is armed.
  public enum Moment: Sendable {
    /// Once exactly so many bytes were passed on.
    case afterBytes(Int)
    /// When the nth message of this kind has arrived at the proxy and no byte of it was passed on.
    case before(MessagePattern, nth: Int = 1)
    /// When the last byte of the nth message of this kind was passed on.
    case after(MessagePattern, nth: Int = 1)
  }

  /// What happens.
  public enum Action: Sendable {
    /// The connection ends in both directions. What the proxy holds is dropped; what it passed on arrives.
    case cut
    /// The receiver sees the end of the stream, while the other direction goes on. The rest is dropped.
    case halfClose
    /// Nothing is passed on in this direction any more, not even the end, until `FaultProxy.lift`.
    case blackhole
    /// From now on each piece waits so long.
    case delay(Duration)
    /// From now on at most so many bytes pass in a second.
    case throttle(bytesPerSecond: Int)
    /// From now on the bytes are sent in pieces of so many, each on its own.
    case split(bytes: Int)
    /// The proxy calls this, and goes on when it returns.
    case call(@Sendable () -> Void)
  }

  /// The direction in which it is counted and, where that matters, in which it works.
  public let direction: Direction
  /// When.
  public let moment: Moment
  /// What.
  public let action: Action

  /// `action` on what flows in `direction`, at `moment`; from the beginning unless told otherwise.
  public init(_ action: Action, _ direction: Direction, _ moment: Moment = .afterBytes(0)) {
    self.direction = direction
    self.moment = moment
    self.action = action
  }
}
