#if canImport(Darwin)
  import Dispatch

  /// The sources of one loop. On Darwin each has a Dispatch source of its own.
  ///
  /// Dispatch stops the program when a source is released while suspended, or resumed more often than suspended.
  /// The flag `isRunning` keeps the calls in balance.
  final class ReadinessSet {
    /// A descriptor and a direction.
    private struct Key: Hashable {
      let descriptor: CInt
      let direction: ReadinessSource.Direction
    }

    private struct Entry {
      let source: any DispatchSourceProtocol
      var isRunning = false
    }

    private let queue: DispatchQueue
    private var entries: [Key: Entry] = [:]

    init(queue: DispatchQueue) { self.queue = queue }

    /// Darwin's sources fire by themselves.
    func start(_ fire: @escaping @Sendable () -> Void) {}

    /// Never called, because every source has a handler of its own.
    func fireReady() {}

    /// Adds a source, which is not armed.
    func add(_ source: ReadinessSource) {
      let watched: any DispatchSourceProtocol =
        switch source.direction {
        case .readable: DispatchSource.makeReadSource(fileDescriptor: source.descriptor, queue: queue)
        case .writable: DispatchSource.makeWriteSource(fileDescriptor: source.descriptor, queue: queue)
        }
      let reference = WeakReference(source: source)
      watched.setEventHandler { @Sendable in reference.source?.fire() }
      entries[Key(descriptor: source.descriptor, direction: source.direction)] = Entry(source: watched)
    }

    /// Arms or disarms a source.
    func arm(_ isArmed: Bool, _ direction: ReadinessSource.Direction, of descriptor: CInt) {
      let key = Key(descriptor: descriptor, direction: direction)
      guard let entry = entries[key], entry.isRunning != isArmed else { return }
      entries[key]?.isRunning = isArmed
      if isArmed { entry.source.resume() } else { entry.source.suspend() }
    }

    /// Removes a source.
    /// - Parameter released: called on the queue later. Then the descriptor may be closed.
    func remove(
      _ direction: ReadinessSource.Direction, of descriptor: CInt, released: @escaping @Sendable () -> Void
    ) {
      let key = Key(descriptor: descriptor, direction: direction)
      guard let entry = entries.removeValue(forKey: key) else { return queue.async(execute: released) }
      entry.source.setCancelHandler(handler: released)
      entry.source.cancel()
      if !entry.isRunning { entry.source.resume() }
    }

    /// A weak reference that may travel to the set's own queue.
    private struct WeakReference: Sendable {
      // Safe: the reference is only followed on the set's queue.
      nonisolated(unsafe) weak var source: ReadinessSource?
    }
  }
#endif
