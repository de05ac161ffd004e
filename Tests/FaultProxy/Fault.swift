/// A fault on a proxied connection, and its moment.
public struct Fault: Sendable {
  /// The direction of the bytes that a fault affects.
  public enum Direction: Hashable, Sendable, CaseIterable {
    /// From the client that connected to the proxy.
    case toServer
    /// From the server that the proxy connected to.
    case toClient
  }

  /// The moment of a fault, counted in one direction from the moment when the fault is armed.
  public enum Moment: Sendable {
    /// When exactly this number of bytes was forwarded.
    case afterBytes(Int)
    /// When the nth message of this kind has arrived at the proxy and none of its bytes was forwarded.
    case before(MessagePattern, nth: Int = 1)
    /// When the last byte of the nth message of this kind was forwarded.
    case after(MessagePattern, nth: Int = 1)
  }

  /// The effect of a fault.
  public enum Action: Sendable {
    /// Ends the connection in both directions. Bytes in the proxy are dropped; forwarded bytes arrive.
    case cut
    /// Ends the stream for the receiver, while the other direction continues. The rest of the stream is
    /// dropped.
    case halfClose
    /// Forwards nothing more in this direction, not even the end of the stream, until `FaultProxy.lift`.
    case blackhole
    /// Delays every later piece by this duration.
    case delay(Duration)
    /// Forwards at most this number of bytes per second from now on.
    case throttle(bytesPerSecond: Int)
    /// Sends the bytes from now on in pieces of this size, each by its own system call.
    case split(bytes: Int)
    /// Calls the closure, and continues when the closure returns.
    case call(@Sendable () -> Void)
  }

  /// The direction in which the moment is counted and in which the action works, unless the action affects
  /// both directions.
  public let direction: Direction
  /// The moment of the fault.
  public let moment: Moment
  /// The effect of the fault.
  public let action: Action

  /// A fault with the effect `action` on the bytes that flow in `direction`, at `moment`, which is the
  /// beginning by default.
  public init(_ action: Action, _ direction: Direction, _ moment: Moment = .afterBytes(0)) {
    self.direction = direction
    self.moment = moment
    self.action = action
  }
}
