import SocketIO

/// A transport in memory: bytes that a test feeds arrive at the owner, and bytes that the owner sends are
/// kept for the test.
final class MemoryTransport: ByteTransport {
  let loop: EventLoop
  let peer: SocketAddress?
  /// Bytes that the peer takes before it reads again; the rest stays unsent, as with a full socket buffer.
  var peerTakes = Int.max
  /// Everything that the owner sent, in order.
  let sent: AsyncStream<[UInt8]>

  private let sending: AsyncStream<[UInt8]>.Continuation
  private var delegate: (any ByteTransportDelegate)?
  private var arriving: [UInt8] = []
  private var hasEnd = false
  private var isDelivering = false
  private var unsent = 0
  private(set) var isPaused = true
  private(set) var isClosed = false
  private(set) var readingEnded = false
  private(set) var isShutDown = false
  /// The most bytes that one read gave.
  private(set) var largestRead = 0

  init(on loop: EventLoop, peer: SocketAddress? = nil) {
    self.loop = loop
    self.peer = peer
    (sent, sending) = AsyncStream.makeStream(of: [UInt8].self)
  }

  var isReading: Bool { !isClosed && !isPaused && !readingEnded }
  var unsentBytes: Int { unsent }

  /// Makes `bytes` arrive, and delivers them when the owner reads.
  func feed(_ bytes: [UInt8]) {
    arriving += bytes
    deliverAll()
  }

  /// Ends the peer's direction after everything that was fed.
  func feedEnd() {
    hasEnd = true
    deliverAll()
  }

  /// Breaks the connection with this `errno`.
  func breakDown(_ code: Int32) {
    let owner = delegate
    close()
    owner?.failed(SocketError(.receive, "memory", code: code), on: self)
  }

  func start(_ delegate: any ByteTransportDelegate) {
    precondition(self.delegate == nil, "a transport was started twice")
    self.delegate = delegate
    isPaused = false
  }

  func pauseReading() { isPaused = true }

  func resumeReading() {
    isPaused = false
    let this = LoopBound(self, on: loop)
    loop.run { this.value.deliverAll() }
  }

  func read(into memory: UnsafeMutableRawBufferPointer) -> ReadOutcome {
    guard !arriving.isEmpty else { return hasEnd ? .end : .nothing }
    let count = min(memory.count, arriving.count)
    memory.copyBytes(from: arriving.prefix(count))
    arriving.removeFirst(count)
    largestRead = max(largestRead, count)
    return .bytes(count, drained: count < memory.count)
  }

  func send(_ bytes: [UInt8]) {
    guard !isClosed, !isShutDown else { return }
    let taken = min(peerTakes, bytes.count)
    peerTakes -= taken
    unsent += bytes.count - taken
    sending.yield(bytes)
  }

  func send(_ buffers: [[UInt8]]) {
    for buffer in buffers { send(buffer) }
  }

  func shutdownWrite() {
    isShutDown = true
    sending.finish()
  }

  func close() {
    isClosed = true
    delegate = nil
    unsent = 0
    sending.finish()
  }

  private func deliverAll() {
    guard !isDelivering, let owner = delegate else { return }
    isDelivering = true
    defer { isDelivering = false }
    var hasArrived = false
    loop: while isReading {
      switch deliver(to: owner, atMost: 1 << 20) {
      case .bytes:
        hasArrived = true
      case .end:
        hasArrived = true
        readingEnded = true
        owner.reachedEnd(of: self)
      case .nothing, .failure, nil:
        break loop
      }
    }
    if hasArrived, !isClosed { owner.turnEnded(of: self) }
  }
}
