internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#endif

/// Returns memory that ended connections freed to the system.
///
/// The allocator of glibc keeps freed memory in up to eight arenas for each processor, and returns by itself
/// only what is free at the end of an arena. So after many connections that ended, a process would stay as
/// large as it was with all of them open.
public final class FreedMemory: Sendable {
  /// The least number of ended connections for which memory is returned. Fewer do not leave enough memory.
  static let connections = 100
  /// The least time between two returns, because the allocator makes other threads wait meanwhile.
  static let interval = Duration.seconds(10)

  private struct State {
    /// The connections that had ended before the last return.
    var closed = 0
    var next: ContinuousClock.Instant
  }

  private let state: Mutex<State>
  private let release: @Sendable () -> Void

  /// - Parameters:
  ///   - start: The first return is at least 10 s later.
  ///   - release: Returns the memory; called on a thread of Dispatch.
  public init(start: ContinuousClock.Instant, release: @escaping @Sendable () -> Void = FreedMemory.trim) {
    state = Mutex(State(next: start + Self.interval))
    self.release = release
  }

  /// Returns memory when it is time. To be called about once a second.
  /// - Parameter closed: The number of connections that have ended since the start, which only rises.
  public func tick(closed: Int, at now: ContinuousClock.Instant) {
    let isDue = state.withLock { state in
      precondition(closed >= state.closed, "ended connections do not come back")
      guard now >= state.next, closed - state.closed >= Self.connections else { return false }
      state = State(closed: closed, next: now + Self.interval)
      return true
    }
    if isDue { DispatchQueue.global(qos: .utility).async(execute: release) }
  }

  /// Returns the free pages of all arenas to the system (malloc_trim(3)). Other allocators than glibc's do so
  /// by themselves.
  public static let trim: @Sendable () -> Void = {
    #if canImport(Glibc)
      // Found by its name, because Swift's module of glibc does not have <malloc.h>.
      guard let symbol = dlsym(nil, "malloc_trim") else { return }
      let mallocTrim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> CInt).self)
      _ = mallocTrim(0)
    #endif
  }
}
