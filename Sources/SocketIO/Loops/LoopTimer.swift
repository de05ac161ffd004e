internal import Base
import Dispatch
import Synchronization

/// A timer of a loop. It runs until it is cancelled or released, so its owner keeps it.
public final class LoopTimer: Sendable {
  /// Shared with the handler, which Dispatch may call once more after a cancellation.
  private final class Flag: Sendable {
    let isSet = Atomic(false)
  }

  private let cancelled: Flag
  private let source: LoopBound<any DispatchSourceTimer>

  /// Fires on `loop` after `delay`, then every `interval` if there is one.
  init(
    on loop: EventLoop, after delay: Duration, every interval: Duration?,
    _ body: @escaping @Sendable () -> Void
  ) {
    let cancelled = Flag()
    let source = DispatchSource.makeTimerSource(queue: loop.queue)
    let fire: @Sendable () -> Void = {
      if !cancelled.isSet.load(ordering: .acquiring) { body() }
    }
    source.setEventHandler(handler: fire)
    source.schedule(
      deadline: .now() + DispatchTimeInterval(delay),
      repeating: interval.map { DispatchTimeInterval($0) } ?? .never,
      leeway: DispatchTimeInterval((interval ?? delay) / 10))
    source.activate()
    self.cancelled = cancelled
    self.source = LoopBound(handing: source, to: loop)
  }

  deinit { cancelled.isSet.store(true, ordering: .releasing) }

  /// Stops the timer: called on the loop, it does not fire again; from elsewhere, it may be firing.
  public func cancel() {
    cancelled.isSet.store(true, ordering: .releasing)
    source.loop.run { [source] in source.value.cancel() }
  }
}

extension EventLoop {
  /// Calls `tick` on the loop every `interval`, give or take a tenth, so that many ticks share a wake.
  ///
  /// One tick looks after the time limits of all connections of a loop; no connection has its own timer.
  public func onTick(every interval: Duration, _ tick: @escaping @Sendable () -> Void) -> LoopTimer {
    precondition(interval > .zero, "a tick takes time")
    return LoopTimer(on: self, after: interval, every: interval, tick)
  }

  /// Calls `body` on the loop once, `delay` from now, give or take a tenth.
  public func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) -> LoopTimer {
    LoopTimer(on: self, after: max(delay, .zero), every: nil, body)
  }
}
