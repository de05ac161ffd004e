import Glibc
import Testing
import WireProtocol

/// A blocking client that can misbehave: it sends any bytes, and reads what comes.
final class RawClient {
  let descriptor: CInt
  private var inbox: [UInt8] = []
  private var machine: ClientConnection

  /// Connects; gives up reading after 20 s, so that a test fails instead of hanging.
  init(
    port: UInt16, producer: ProducerID = ProducerID.fresh(), base: UInt64 = 1,
    authentication: ClientAuthentication? = nil, announcesKey: Bool = false
  ) throws {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(result == 0, "cannot connect to the test's server")
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    self.descriptor = descriptor
    machine = ClientConnection(
      hello: Hello(producer: producer, base: base, clientName: "raw", hasKey: announcesKey),
      authentication: authentication, now: ContinuousClock.now)
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Sends bytes; false when the server has ended the connection.
  func trySend(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Sends what the machine wants to send.
  func flush() { send(machine.takeOutput(now: ContinuousClock.now)) }

  /// Sends preface and HELLO, and returns what the server answers.
  func handshake() -> ClientConnection.OnBytes {
    flush()
    return next()
  }

  /// Puts a batch of these columns on the wire.
  func publish(
    _ sequence: UInt64, _ columns: [UInt8], base: UInt64 = 1, timeToLive: UInt32 = 0, compressed: Bool = false
  ) {
    let sent = compressed ? LZ4Block.compress(columns.span.bytes) : nil
    machine.publish(
      PublishHeader(
        sequence: sequence, base: base, timeToLive: timeToLive, codec: sent == nil ? .none : .lz4,
        rawLength: columns.count),
      columns: sent ?? columns)
    flush()
  }

  func leave() {
    machine.leave(reason: "the test is over")
    flush()
  }

  func shutDownWriting() { _ = shutdown(descriptor, CInt(SHUT_WR)) }

  /// The next event that means something; `failed` with NOT_SLUICE when the server closed without a word.
  func next() -> ClientConnection.OnBytes {
    while true {
      let step = machine.receive(inbox.span.bytes, now: ContinuousClock.now)
      inbox.removeFirst(step.consumed)
      switch step.event {
      case .none where step.consumed > 0:
        flush()
        continue
      case .none, .needMore:
        guard read() else { return .failed(ErrorFrame(WireError(.notSluice, "the connection ended"))) }
      // A heartbeat, which comes whenever the machine was slow.
      case .storeUnavailable(.zero): continue
      default: return step.event
      }
    }
  }

  /// Reads until the batch `sequence` is refused. Returns nil when the connection ends before.
  func refusal(of sequence: UInt64) -> ErrorFrame? {
    while true {
      switch next() {
      case .refused(sequence: sequence, let error): return error
      case .failed(let error):
        Issue.record("\(error.error)")
        return nil
      default: continue
      }
    }
  }

  /// Waits until `count` batches are committed.
  func commits(_ count: Int) -> [CommittedBatch] {
    var batches: [CommittedBatch] = []
    while batches.count < count {
      switch next() {
      case .committed(let more, _): batches += more
      case .failed(let error):
        Issue.record("\(error.error)")
        return batches
      default: continue
      }
    }
    return batches
  }

  /// The next `count` bytes; fewer at the end of the connection.
  func read(_ count: Int) -> [UInt8] {
    while inbox.count < count, read() {}
    return Array(inbox.prefix(count))
  }

  /// Everything until the server closes.
  func readToEnd() -> [UInt8] {
    while read() {}
    return inbox
  }

  private func read() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    inbox += buffer.prefix(count)
    return true
  }
}

extension ProducerID {
  /// A producer that no other test has.
  static func fresh() -> ProducerID {
    var random = SystemRandomNumberGenerator()
    return .random(using: &random)
  }
}

/// Columns of `count` events with ids `prefix`-0 and so on.
func sampleColumns(
  _ count: Int, prefix: String = "id", topic: String = "a.b.c", payload: String = #"{"n":1}"#
) throws -> [UInt8] {
  var builder = EventColumnsBuilder()
  for number in 0..<count {
    try #require(
      try builder.append(
        topic: topic, source: "tests", id: "\(prefix)-\(number)", timestamp: 1_700_000_000_000_000,
        payload: Array(payload.utf8)))
  }
  return builder.finish()
}
