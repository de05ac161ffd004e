import Testing

@testable import SocketIO

/// An owner that notes what it is told, and may pause in the middle of it.
private final class TurnOwner: ByteTransportDelegate {
  enum Event: Equatable, Sendable {
    case received(Int)
    case turnEnded
    case reachedEnd
  }

  private let pauses: Bool
  private let events: AsyncStream<Event>.Continuation

  init(pauses: Bool, _ events: AsyncStream<Event>.Continuation) {
    self.pauses = pauses
    self.events = events
  }

  deinit { events.finish() }

  func received(_ bytes: RawSpan, from transport: any ByteTransport) {
    events.yield(.received(bytes.byteCount))
    if pauses { transport.pauseReading() }
  }

  func turnEnded(of transport: any ByteTransport) {
    events.yield(.turnEnded)
    if pauses { transport.close() }
  }

  func reachedEnd(of transport: any ByteTransport) {
    events.yield(.reachedEnd)
  }

  func failed(_ error: SocketError, on transport: any ByteTransport) { events.finish() }
}

@Suite(.timeLimit(.minutes(2))) struct TurnTests {
  /// Events that an owner receives for bytes that had arrived before the owner began to read, up to the end
  /// of its last turn.
  private func events(
    of bytes: Int, budget: Int = 1_000, pauses: Bool = false, turns: Int = 1, atEnd: Bool = false
  ) async throws -> [TurnOwner.Event] {
    let (descriptor, peer) = try RawPeer.pair()
    try peer.write(pattern(bytes))
    if atEnd { peer.shutdownWrite() }
    let loop = EventLoop(name: "test", receiveBufferBytes: 4)
    let (events, continuation) = AsyncStream.makeStream(of: TurnOwner.Event.self)
    var options = SocketOptions()
    options.readBudget = budget
    let socket = await loop.perform { [options] in
      let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil, options: options)
      socket.start(TurnOwner(pauses: pauses, continuation))
      return LoopBound(socket, on: loop)
    }
    var heard: [TurnOwner.Event] = []
    for await event in events {
      heard.append(event)
      if heard.count(where: { $0 == .turnEnded }) == turns { break }
    }
    await loop.perform { socket.value.close() }
    return heard
  }

  @Test func endsOnceAfterAllReadsOfATurn() async throws {
    #expect(
      try await events(of: 10) == [.received(4), .received(4), .received(2), .turnEnded])
  }

  @Test func endsWhenTheBudgetIsUsedUp() async throws {
    #expect(
      try await events(of: 10, budget: 6, turns: 2)
        == [.received(4), .received(2), .turnEnded, .received(4), .turnEnded])
  }

  @Test func endsWhenTheOwnerPauses() async throws {
    #expect(try await events(of: 10, pauses: true) == [.received(4), .turnEnded])
  }

  @Test func endsAfterTheEndOfTheStream() async throws {
    #expect(
      try await events(of: 8, atEnd: true) == [.received(4), .received(4), .reachedEnd, .turnEnded])
  }
}
