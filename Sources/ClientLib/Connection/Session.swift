import SocketIO
import WireProtocol

/// One connection: turns bytes into events for the courier, and what the courier publishes into bytes. It
/// decides nothing. Lives on the courier's loop.
final class Session: StreamSocketDelegate {
  /// Unsent bytes from which on nothing is added to them.
  private static let highWater = 1 << 20
  /// Frames are handed to the socket in parts of about this size.
  private static let writeBytes = 256 << 10

  /// The identity and base of its HELLO.
  let hello: Hello
  let endpoint: Int
  let openedAt: ContinuousClock.Instant
  /// The database, from WELCOME on.
  var lineage: Lineage?
  /// After a goodbye: when to close at the latest.
  var closesBy: ContinuousClock.Instant?

  private let socket: StreamSocket
  private let courier: Courier
  private var machine: ClientConnection
  private var unread: [UInt8] = []
  /// Bytes of batches that were written since the last flush.
  private var unflushed = 0

  /// Begins the handshake on a connected socket.
  init(
    _ socket: StreamSocket, hello: Hello, endpoint: Int, handshake: Duration, courier: Courier,
    now: ContinuousClock.Instant
  ) {
    self.socket = socket
    self.hello = hello
    self.endpoint = endpoint
    self.courier = courier
    openedAt = now
    machine = ClientConnection(hello: hello, handshake: handshake, now: now)
    socket.start(self)
    flush(now: now)
  }

  /// Whether batches may be sent.
  var isOpen: Bool { machine.isOpen && !socket.isClosed }

  /// Whether the system keeps up with what is sent.
  var hasRoom: Bool { socket.unsentBytes < Self.highWater }

  /// Whether the credit covers a batch of so many raw bytes.
  func maySend(rawLength: Int) -> Bool { machine.maySend(rawLength: rawLength) }

  /// Sends a batch that the credit covers; it may stay here until `flush`.
  func publish(_ shipment: Outbox.Shipment, now: ContinuousClock.Instant) {
    assert(isOpen, "a batch was sent on a connection that takes none")
    machine.publish(shipment.header, columns: shipment.columns)
    unflushed += shipment.columns.count
    if unflushed >= Self.writeBytes { flush(now: now) }
  }

  /// Hands all frames written so far to the socket.
  func flush(now: ContinuousClock.Instant) {
    let output = machine.takeOutput(now: now)
    unflushed = 0
    guard !output.isEmpty else { return }
    courier.outbox.withOutbox { _, statistics in statistics.sentBytes += output.count }
    socket.send(output)
  }

  /// Time has passed.
  func tick(now: ContinuousClock.Instant) {
    if let closesBy, now >= closesBy { return courier.sessionEnded(self, .saidGoodbye) }
    let event = machine.tick(now: now)
    courier.perform(event, of: self, now: now)
    if !socket.isClosed { flush(now: now) }
  }

  /// Says goodbye: nothing more is sent, answers are still read.
  func leave(reason: String, now: ContinuousClock.Instant) {
    machine.leave(reason: reason)
    flush(now: now)
  }

  func close() {
    socket.close()
  }

  func received(_ bytes: RawSpan, from socket: StreamSocket) {
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
    guard !socket.isClosed else { return }
    courier.pump(now: now)
    flush(now: now)
  }

  func reachedEnd(of socket: StreamSocket) {
    courier.sessionEnded(self, .ended)
  }

  func failed(_ error: SocketError, on socket: StreamSocket) {
    courier.sessionEnded(self, .socket(error))
  }

  func writeBufferDrained(of socket: StreamSocket) {
    courier.pump(now: .now)
  }

  /// Returns how many of the bytes are done with.
  private func process(_ bytes: RawSpan, _ now: ContinuousClock.Instant) -> Int {
    var used = 0
    while used < bytes.byteCount, !socket.isClosed {
      let step = machine.receive(bytes.extracting(used..<bytes.byteCount), now: now)
      used += step.consumed
      if case .needMore = step.event { return used }
      courier.perform(step.event, of: self, now: now)
    }
    return bytes.byteCount
  }
}
