import Dispatch

/// A Dispatch source that says when a descriptor can be read or written, without the traps of Dispatch.
///
/// A source that is released while suspended, or that was never resumed, stops the program, and so does
/// one resumed more often than suspended: `arm`, `disarm` and `cancel` may be called in any order and
/// any number of times. Confined to its loop by its owner.
final class ReadinessSource {
  /// What is waited for.
  enum Direction {
    case readable, writable
  }

  private let source: any DispatchSourceProtocol
  private var isArmed = false
  private var isCancelled = false

  /// Watches `descriptor`, not armed yet. `cancelled` runs on the loop once Dispatch has let go of the
  /// descriptor, which must not be closed before. Both closures are released then.
  init(
    _ direction: Direction, of descriptor: CInt, on loop: EventLoop,
    ready: @escaping @Sendable () -> Void, cancelled: @escaping @Sendable () -> Void
  ) {
    switch direction {
    case .readable: source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: loop.queue)
    case .writable: source = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: loop.queue)
    }
    source.setEventHandler(handler: ready)
    source.setCancelHandler(handler: cancelled)
  }

  deinit { cancel() }

  /// Within `ready`: whether this may be the last call, though not everything was read.
  ///
  /// When a connection is over in both directions, which epoll can not be told to keep to itself
  /// (EPOLLHUP), Dispatch on Linux calls its sources one last time, with 0 for the bytes that wait, and
  /// watches the descriptor no more. So whoever is called with 0 reads to the end, call or no call.
  var mayBeLastCall: Bool { source.data == 0 }

  /// Calls `ready` whenever the descriptor is ready, until disarmed.
  func arm() {
    guard !isArmed, !isCancelled else { return }
    isArmed = true
    source.resume()
  }

  /// Stops watching for now. A call already under way may still come.
  func disarm() {
    guard isArmed, !isCancelled else { return }
    isArmed = false
    source.suspend()
  }

  /// Stops for good.
  func cancel() {
    guard !isCancelled else { return }
    isCancelled = true
    source.cancel()
    if !isArmed { source.resume() }
  }
}
