import Dispatch

/// Reports when a descriptor can be read or written, as often as it is ready, and cannot be misused: `arm`,
/// `disarm` and `cancel` may be called in any order and any number of times. For the owner's loop only.
final class ReadinessSource {
  /// The readiness that is waited for.
  enum Direction {
    case readable, writable
  }

  let direction: Direction
  let descriptor: CInt
  /// Whether `ready` is called when the descriptor is ready.
  private(set) var isArmed = false
  private var isCancelled = false
  private let loop: EventLoop
  private var ready: (@Sendable () -> Void)?
  private let cancelled: @Sendable () -> Void

  /// Makes a source for `descriptor`, not armed yet. A descriptor has at most one source for each direction.
  /// - Parameters:
  ///   - ready: called on the loop when the descriptor is ready, has ended or has failed.
  ///   - cancelled: called once on the loop, after `cancel` has returned. The descriptor must not be closed
  ///     before. `ready` is released then.
  init(
    _ direction: Direction, of descriptor: CInt, on loop: EventLoop,
    ready: @escaping @Sendable () -> Void, cancelled: @escaping @Sendable () -> Void
  ) {
    loop.preconditionOnLoop()
    self.direction = direction
    self.descriptor = descriptor
    self.loop = loop
    self.ready = ready
    self.cancelled = cancelled
    loop.readiness.add(self)
  }

  deinit { cancel() }

  /// Calls `ready` whenever the descriptor is ready, until disarmed.
  func arm() {
    guard !isArmed, !isCancelled else { return }
    isArmed = true
    loop.readiness.arm(isArmed, direction, of: descriptor)
  }

  /// Stops watching until `arm`. `ready` is not called any more.
  func disarm() {
    guard isArmed, !isCancelled else { return }
    isArmed = false
    loop.readiness.arm(isArmed, direction, of: descriptor)
  }

  /// Stops watching for good. `ready` is not called any more.
  func cancel() {
    guard !isCancelled else { return }
    isCancelled = true
    isArmed = false
    ready = nil
    loop.readiness.remove(direction, of: descriptor, released: cancelled)
  }

  /// Calls `ready` if the source is armed.
  func fire() {
    if isArmed { ready?() }
  }
}
