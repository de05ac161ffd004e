import SocketIO
import WireProtocol

/// One connection to a server. Turns received bytes into events for the connection manager, and its batches
/// into bytes; decides nothing. Confined to the manager's event loop.
final class ServerLink: ByteTransportDelegate {
  /// Unsent bytes in the transport's buffer at which no more batches are added.
  private static let highWater = 1 << 20
  /// Bytes of frames that are handed to the transport together.
  private static let writeBytes = 256 << 10

  /// The HELLO of this connection.
  let hello: Hello
  let endpoint: Int
  let openedAt: ContinuousClock.Instant
  /// Database of the server; nil before WELCOME.
  var lineage: Lineage?
  /// When the closing handshake times out; nil before it starts.
  var closesBy: ContinuousClock.Instant?

  private let transport: any ByteTransport
  private let manager: ConnectionManager
  private var machine: ClientConnection
  private var unread: [UInt8] = []
  /// Bytes of batches that were written since the last flush.
  private var unflushed = 0

  /// Starts the handshake over a connected transport.
  init(
    _ transport: any ByteTransport, hello: Hello, authentication: ClientAuthentication?, endpoint: Int,
    handshake: Duration, manager: ConnectionManager,
    now: ContinuousClock.Instant
  ) {
    self.transport = transport
    self.hello = hello
    self.endpoint = endpoint
    self.manager = manager
    openedAt = now
    machine = ClientConnection(
      hello: hello, authentication: authentication, handshake: handshake, now: now)
    transport.start(self)
    flush(now: now)
  }

  /// Whether batches may be sent.
  var isOpen: Bool { machine.isOpen && !transport.isClosed }

  /// Whether the transport's buffer is below its limit.
  var hasRoom: Bool { transport.unsentBytes < Self.highWater }

  /// Whether the credit covers a batch of `rawLength` bytes of columns.
  func maySend(rawLength: Int) -> Bool { machine.maySend(rawLength: rawLength) }

  /// Sends a batch that the credit covers. The frame may stay in the buffer until `flush`.
  func publish(_ outgoing: Outbox.OutgoingPublish, now: ContinuousClock.Instant) {
    assert(isOpen, "a batch was sent on a connection that takes none")
    machine.publish(outgoing.header, columns: outgoing.columns)
    unflushed += outgoing.columns.count
    if unflushed >= Self.writeBytes { flush(now: now) }
  }

  /// Hands all written frames to the transport.
  func flush(now: ContinuousClock.Instant) {
    let output = machine.takeOutput(now: now)
    unflushed = 0
    guard !output.isEmpty else { return }
    manager.outbox.withOutbox { _, statistics in statistics.sentBytes += output.count }
    transport.send(output)
  }

  /// Checks timeouts.
  func tick(now: ContinuousClock.Instant) {
    if let closesBy, now >= closesBy { return manager.linkEnded(self, .goAway) }
    if case .failed(let report) = machine.tick(now: now) {
      manager.perform(.failed(report), of: self, now: now)
    }
    if !transport.isClosed { flush(now: now) }
  }

  /// Starts the closing handshake: no more batches are sent, answers are still read.
  func startClosing(reason: String, now: ContinuousClock.Instant) {
    machine.leave(reason: reason)
    flush(now: now)
  }

  func close() {
    transport.close()
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    let now = ContinuousClock.now
    if unread.isEmpty {
      let used = process(bytes, now)
      bytes.extracting(used..<bytes.byteCount).withUnsafeBytes { unread.append(contentsOf: $0) }
    } else {
      bytes.withUnsafeBytes { unread.append(contentsOf: $0) }
      let held = unread
      let used = process(held.span.bytes, now)
      unread.removeFirst(min(used, unread.count))
    }
    guard !transport.isClosed else { return }
    manager.pump(now: now)
    flush(now: now)
  }

  func reachedEnd(of transport: any ByteTransport) {
    manager.linkEnded(self, .ended)
  }

  func failed(_ error: SocketError, on transport: any ByteTransport) {
    manager.linkEnded(self, .socket(error))
  }

  func writeBufferDrained(of transport: any ByteTransport) {
    manager.pump(now: .now)
  }

  /// Returns how many bytes were processed.
  private func process(_ bytes: RawSpan, _ now: ContinuousClock.Instant) -> Int {
    var used = 0
    while used < bytes.byteCount, !transport.isClosed {
      let step = machine.receive(bytes.extracting(used..<bytes.byteCount), now: now)
      used += step.consumed
      assert(used <= bytes.byteCount, "more bytes were processed than received")
      if case .needMore = step.event { return used }
      manager.perform(step.event, of: self, now: now)
    }
    return bytes.byteCount
  }
}
