import SocketIO

/// The owner of a socket under test: records the calls that the socket makes.
final class Recorder: ByteTransportDelegate {
  enum Event: Equatable, Sendable {
    case received([UInt8])
    case ended
    case failed(SocketError)
    case drained
  }

  private let events: AsyncStream<Event>.Continuation
  /// Reaction to an event. Called on the loop, before the test receives the event.
  private let react: @Sendable (Event, any ByteTransport) -> Void

  init(
    _ events: AsyncStream<Event>.Continuation, react: @escaping @Sendable (Event, any ByteTransport) -> Void
  ) {
    self.events = events
    self.react = react
  }

  /// So the events end when the socket lets go of its owner.
  deinit { events.finish() }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    note(.received(bytes.withUnsafeBytes { Array($0) }), transport)
  }

  func reachedEnd(of transport: any ByteTransport) { note(.ended, transport) }
  func failed(_ error: SocketError, on transport: any ByteTransport) { note(.failed(error), transport) }
  func writeBufferDrained(of transport: any ByteTransport) { note(.drained, transport) }

  private func note(_ event: Event, _ transport: any ByteTransport) {
    react(event, transport)
    events.yield(event)
  }
}

/// A socket under test, as the test sees it from outside its loop.
struct Probe: Sendable {
  let socket: LoopBound<StreamSocket>
  let events: AsyncStream<Recorder.Event>

  /// Adopts `descriptor` on `loop` and starts it.
  static func start(
    _ descriptor: CInt, on loop: EventLoop = EventLoop(name: "test"),
    options: SocketOptions = SocketOptions(),
    react: @escaping @Sendable (Recorder.Event, any ByteTransport) -> Void = { _, _ in }
  ) async -> Probe {
    await loop.perform {
      Probe(StreamSocket(adopting: descriptor, on: loop, peer: nil, options: options), react: react)
    }
  }

  /// Starts `socket`. On its loop.
  init(
    _ socket: StreamSocket,
    react: @escaping @Sendable (Recorder.Event, any ByteTransport) -> Void = { _, _ in }
  ) {
    let (events, continuation) = AsyncStream.makeStream(of: Recorder.Event.self)
    self.events = events
    self.socket = LoopBound(socket, on: socket.loop)
    socket.start(Recorder(continuation, react: react))
  }

  /// Runs `body` on the socket's loop and returns what it returned.
  @discardableResult
  func perform<Value: Sendable>(_ body: @escaping @Sendable (StreamSocket) -> Value) async -> Value {
    let socket = socket
    return await socket.loop.perform { body(socket.value) }
  }

  func close() async {
    await perform { $0.close() }
  }

  /// The next event that is not `drained`.
  func next(_ iterator: inout AsyncStream<Recorder.Event>.Iterator) async -> Recorder.Event? {
    while let event = await iterator.next() {
      if event != .drained { return event }
    }
    return nil
  }

  /// The bytes of all events before the next one that is neither bytes nor `drained`, and that event.
  func readToEnd() async -> (bytes: [UInt8], last: Recorder.Event?) {
    var bytes: [UInt8] = []
    for await event in events {
      switch event {
      case .received(let more): bytes += more
      case .drained: continue
      case .ended, .failed: return (bytes, event)
      }
    }
    return (bytes, nil)
  }

  /// The next `count` bytes.
  func read(_ count: Int) async -> [UInt8] {
    var bytes: [UInt8] = []
    guard count > 0 else { return bytes }
    for await event in events {
      if case .received(let more) = event { bytes += more }
      if bytes.count >= count { break }
    }
    return bytes
  }
}

extension EventLoop {
  /// Runs `body` on the loop and returns what it returned.
  func perform<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      run { continuation.resume(returning: body()) }
    }
  }
}

extension SocketOptions {
  /// The smallest buffers that the system gives.
  static var tinyBuffers: SocketOptions {
    var options = SocketOptions()
    options.sendBufferBytes = 1
    options.receiveBufferBytes = 1
    return options
  }
}
