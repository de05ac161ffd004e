/// The part of a listener that lives on its loop.
final class AcceptLoop {
  /// Connections accepted in one turn; then other connections of the loop have theirs.
  private static let burst = 64

  private let descriptor: CInt
  private let loop: EventLoop
  private let loops: EventLoops
  private let options: SocketOptions
  private let starvationPause: Duration
  private let accept: @Sendable (CInt) -> AcceptOutcome

  /// Nil before `start` and after `close`.
  private var source: ReadinessSource?
  private var listener: Listener?
  private var delegate: (any ListenerDelegate)?
  private var isClosed = false
  private var isPaused = false
  private var accepted = 0
  private var onClosed: [@Sendable () -> Void] = []
  private var isDescriptorClosed = false
  /// Set while the listener waits for free descriptors.
  private var retry: LoopTimer?
  /// True from the first refusal of the system until a connection is accepted or none waits.
  private var isStarved = false

  init(
    _ descriptor: CInt, on loop: EventLoop, loops: EventLoops, options: SocketOptions,
    starvationPause: Duration, accept: @escaping @Sendable (CInt) -> AcceptOutcome
  ) {
    self.descriptor = descriptor
    self.loop = loop
    self.loops = loops
    self.options = options
    self.starvationPause = starvationPause
    self.accept = accept
  }

  /// Closes the descriptor of a listener that was never started.
  deinit {
    if source == nil, !isDescriptorClosed { closeDescriptor(descriptor) }
  }

  /// Begins to accept. The source keeps this object alive until `close`.
  func start(_ listener: Listener, _ delegate: any ListenerDelegate) {
    precondition(source == nil, "a listener starts once")
    guard !isClosed else { return }
    self.listener = listener
    self.delegate = delegate
    let this = LoopBound(self, on: loop)
    source = ReadinessSource(.readable, of: descriptor, on: loop) {
      this.value.acceptWaiting()
    } cancelled: {
      this.value.descriptorReleased()
    }
    armIfWanted()
  }

  func pause() {
    isPaused = true
    source?.disarm()
  }

  func resume() {
    isPaused = false
    armIfWanted()
  }

  func close(_ closed: @escaping @Sendable () -> Void) {
    guard !isDescriptorClosed else { return closed() }
    onClosed.append(closed)
    guard !isClosed else { return }
    isClosed = true
    retry?.cancel()
    retry = nil
    listener = nil
    delegate = nil
    // The source stays until its cancellation is complete, and releases this object then.
    if let source { source.cancel() } else { descriptorReleased() }
  }

  private func descriptorReleased() {
    source = nil
    closeDescriptor(descriptor)
    isDescriptorClosed = true
    for closed in onClosed { closed() }
    onClosed = []
  }

  private func armIfWanted() {
    if !isPaused, retry == nil { source?.arm() }
  }

  private func acceptWaiting() {
    for _ in 0..<Self.burst {
      guard !isClosed, !isPaused, retry == nil, let listener, let delegate else { return }
      guard delegate.hasRoom(afterAccepting: accepted, by: listener) else { return pause() }
      switch accept(descriptor) {
      case .connection(let connection, let peer):
        isStarved = false
        hand(connection, peer, listener, delegate)
      case .nothing:
        isStarved = false
        return
      case .vanished:
        continue
      case .starved(let code):
        return starved(code, listener, delegate)
      }
    }
  }

  private func hand(
    _ connection: CInt, _ peer: SocketAddress?, _ listener: Listener, _ delegate: any ListenerDelegate
  ) {
    accepted += 1
    let target = loops.next()
    target.run { [options] in
      delegate.accepted(
        StreamSocket(adopting: connection, on: target, peer: peer, options: options), by: listener)
    }
  }

  private func starved(_ code: CInt, _ listener: Listener, _ delegate: any ListenerDelegate) {
    source?.disarm()
    let this = LoopBound(self, on: loop)
    retry = loop.after(starvationPause) { this.value.tryAgain() }
    guard !isStarved else { return }
    isStarved = true
    delegate.starved(listener, SocketError(.accept, listener.address.description, code: code))
  }

  private func tryAgain() {
    retry = nil
    armIfWanted()
  }
}
