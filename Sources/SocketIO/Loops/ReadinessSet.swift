#if !canImport(Darwin)
  import CIntrinsics
  import Dispatch

  #if canImport(Musl)
    import Musl
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// The sources of one loop: an epoll instance (epoll(7)) that Dispatch watches in the place of the descriptors.
  ///
  /// Dispatch on Linux must not watch a socket itself. When a connection ends in both directions, epoll reports
  /// EPOLLHUP, which cannot be masked. Dispatch then unregisters the source on the queue of its owner while its
  /// manager thread may still use the source, and stops the program ("Source finalized twice"). The descriptor
  /// of an epoll instance never hangs up. See `docs/decisions/0039-loops-watch-their-sockets-with-epoll.md`.
  ///
  /// Members are for the loop only, but `deinit` is not: any thread may release the last reference to a loop.
  final class ReadinessSet {
    /// The sources of one descriptor.
    private struct Entry {
      /// Tells the descriptor from a former one with the same number, of which events may still be at hand.
      let generation: UInt32
      var reader: Member?
      var writer: Member?
      /// The conditions that epoll watches now.
      var watched = (readable: false, writable: false)

      subscript(direction: ReadinessSource.Direction) -> Member? {
        get { direction == .readable ? reader : writer }
        set { if direction == .readable { reader = newValue } else { writer = newValue } }
      }
    }

    /// A source as the set knows it. The set does not keep a source alive, and a source that is being released
    /// removes itself, so only `fireReady` follows the reference.
    private struct Member {
      unowned let source: ReadinessSource
      var isArmed = false
    }

    /// Time until the next attempt when the system has no memory to watch a descriptor.
    private static let retry = DispatchTimeInterval.milliseconds(100)

    private let epoll: CInt
    private let queue: DispatchQueue
    private var source: (any DispatchSourceRead)?
    private var entries: [CInt: Entry] = [:]
    private var generation: UInt32 = 0

    /// Makes a set whose sources fire on `queue`. Stops the program when no descriptor is left.
    init(queue: DispatchQueue) {
      epoll = sluice_epoll_create()
      precondition(
        epoll >= 0,
        "cannot make an event loop: the process has no free file descriptor; raise its limit (ulimit -n)")
      self.queue = queue
    }

    deinit {
      let epoll = epoll
      guard let source else { return closeDescriptor(epoll) }
      source.setCancelHandler { @Sendable in closeDescriptor(epoll) }
      source.cancel()
    }

    /// Begins to fire. Called once, by the loop that holds this set.
    func start(_ fire: @escaping @Sendable () -> Void) {
      precondition(source == nil, "a set was started twice")
      let source = DispatchSource.makeReadSource(fileDescriptor: epoll, queue: queue)
      source.setEventHandler(handler: fire)
      source.activate()
      self.source = source
    }

    /// Adds a source, which is not armed.
    func add(_ source: ReadinessSource) {
      generation &+= 1
      var entry = entries[source.descriptor] ?? Entry(generation: generation)
      if case .some = entry[source.direction] {
        preconditionFailure("a descriptor has two sources of a kind")
      }
      entry[source.direction] = Member(source: source)
      entries[source.descriptor] = entry
    }

    /// Arms or disarms a source.
    func arm(_ isArmed: Bool, _ direction: ReadinessSource.Direction, of descriptor: CInt) {
      entries[descriptor]?[direction]?.isArmed = isArmed
      watch(descriptor)
    }

    /// Removes a source.
    /// - Parameter released: called on the queue later. Then the descriptor may be closed.
    func remove(
      _ direction: ReadinessSource.Direction, of descriptor: CInt, released: @escaping @Sendable () -> Void
    ) {
      arm(false, direction, of: descriptor)
      entries[descriptor]?[direction] = nil
      if let entry = entries[descriptor], case .none = entry.reader, case .none = entry.writer {
        entries[descriptor] = nil
      }
      queue.async(execute: released)
    }

    /// Fires the sources of the descriptors that are ready. Dispatch calls again while more are ready.
    func fireReady() {
      withUnsafeTemporaryAllocation(of: sluice_readiness.self, capacity: Int(sluice_epoll_batch)) {
        guard let base = $0.baseAddress else { return }
        let count = Int(sluice_epoll_wait(epoll, base))
        for event in UnsafeBufferPointer(start: base, count: count) {
          if event.readable != 0 { entry(of: event)?.reader?.source.fire() }
          // The first source may have cancelled the second.
          if event.writable != 0 { entry(of: event)?.writer?.source.fire() }
        }
      }
    }

    private func entry(of event: sluice_readiness) -> Entry? {
      guard let entry = entries[CInt(truncatingIfNeeded: event.token)],
        entry.generation == UInt32(truncatingIfNeeded: event.token >> 32)
      else { return nil }
      return entry
    }

    /// Makes epoll watch what the sources of `descriptor` want.
    private func watch(_ descriptor: CInt) {
      guard var entry = entries[descriptor] else { return }
      let wanted = (readable: entry.reader?.isArmed == true, writable: entry.writer?.isArmed == true)
      guard wanted != entry.watched else { return }
      let wasWatched = entry.watched.readable || entry.watched.writable
      let token = UInt64(entry.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
      let result = sluice_epoll_watch(
        epoll, descriptor, token, wasWatched ? 1 : 0, wanted.readable ? 1 : 0, wanted.writable ? 1 : 0)
      guard result == 0 else {
        let code = errno
        precondition(
          code == ENOMEM || code == ENOSPC, "a descriptor of a source was closed before its source: \(code)")
        return retryLater(descriptor, entry.generation)
      }
      entry.watched = wanted
      entries[descriptor] = entry
    }

    /// The system has no memory, or no watch left for this user (epoll(7), max_user_watches).
    private func retryLater(_ descriptor: CInt, _ generation: UInt32) {
      let this = WeakReference(self)
      queue.asyncAfter(deadline: .now() + Self.retry) {
        guard let set = this.set, set.entries[descriptor]?.generation == generation else { return }
        set.watch(descriptor)
      }
    }

    /// A weak reference that may travel to the set's own queue.
    private struct WeakReference: Sendable {
      // Safe: the reference is only followed on the set's queue.
      nonisolated(unsafe) private(set) weak var set: ReadinessSet?

      init(_ set: ReadinessSet) { self.set = set }
    }
  }
#endif
