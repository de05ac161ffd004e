import Glibc
import SocketIO
import Synchronization
import TLSTransport
import Testing

/// The owner of a transport under test: keeps what the transport delivers.
final class Owner: ByteTransportDelegate {
  struct Record: Sendable {
    var bytes: [UInt8] = []
    var turns = 0
    var hasEnded = false
    var failure: SocketError?
  }

  let record: Record.Shared
  /// Pauses when this number of bytes was received; nil never.
  private let pausesAfter: Int?
  /// Bytes that are received into memory of the owner.
  private var body: [UInt8] = []
  private let bodyBytes: Int

  init(pausesAfter: Int? = nil, bodyBytes: Int = 0) {
    self.pausesAfter = pausesAfter
    self.bodyBytes = bodyBytes
    record = Record.Shared()
  }

  func willRead(_ target: inout ReadTarget, from transport: any ByteTransport) {
    guard body.count < bodyBytes else { return }
    let before = body.count
    body.reserveCapacity(bodyBytes)
    guard target.append(to: &body, atMost: bodyBytes - before) > 0 else { return }
    take(Array(body[before...]), transport)
  }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    #expect(body.count == bodyBytes, "bytes of the body came through shared memory")
    take(bytes.withUnsafeBytes { Array($0) }, transport)
  }

  private func take(_ bytes: [UInt8], _ transport: any ByteTransport) {
    let count = record.change { record in
      record.bytes += bytes
      return record.bytes.count
    }
    if let pausesAfter, count >= pausesAfter { transport.pauseReading() }
  }

  func turnEnded(of transport: any ByteTransport) { record.change { $0.turns += 1 } }
  func reachedEnd(of transport: any ByteTransport) { record.change { $0.hasEnded = true } }
  func failed(_ error: SocketError, on transport: any ByteTransport) { record.change { $0.failure = error } }
}

extension Owner.Record {
  /// A record that the loop writes and the test reads.
  final class Shared: Sendable {
    private let value = Mutex(Owner.Record())

    var now: Owner.Record { value.withLock { $0 } }

    @discardableResult
    func change<Value: Sendable>(_ body: (inout Owner.Record) -> Value) -> Value {
      value.withLock { body(&$0) }
    }
  }
}

/// One end of a connection under test, on a loop of its own.
struct End: Sendable {
  let transport: LoopBound<TLSTransport>
  let record: Owner.Record.Shared

  /// Starts TLS over `descriptor`.
  static func start(
    _ descriptor: CInt, _ context: TLSContext, pool: HandshakePool, events: TLSEvents = TLSEvents(),
    owner: @escaping @Sendable () -> Owner = { Owner() }, sends early: [UInt8] = [],
    options: SocketOptions = SocketOptions()
  ) async -> End {
    let loop = EventLoop(name: "test", receiveBufferBytes: 32 << 10)
    return await loop.perform {
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil, options: options)
      let transport = TLSTransport(
        over: socket, TLSEngine(context, serverName: "localhost"), handshakes: pool, events: events)
      let owner = owner()
      transport.start(owner)
      transport.send(early)
      return End(transport: LoopBound(transport, on: loop), record: owner.record)
    }
  }

  /// Runs `body` on the loop.
  @discardableResult
  func perform<Value: Sendable>(_ body: @escaping @Sendable (TLSTransport) -> Value) async -> Value {
    await transport.loop.perform { [transport] in body(transport.value) }
  }
}

extension EventLoop {
  /// Runs `body` on the loop and returns what it returned.
  func perform<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in run { continuation.resume(returning: body()) } }
  }
}

/// Returns two descriptors that are connected.
func connectedDescriptors() throws -> (CInt, CInt) {
  var ends: [CInt] = [-1, -1]
  try #require(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
  return (ends[0], ends[1])
}
