import Synchronization
import Testing

@testable import SocketIO

/// Tests of connections that end at the moment when their bytes are read.
///
/// Dispatch on Linux stops the program in rare cases when a descriptor hangs up while its source runs, because
/// the source is then unregistered by two threads (`_dispatch_event_merge_hangup` of its epoll back end).
@Suite(.timeLimit(.minutes(5))) struct HangUpRaceTests {
  /// Reads to the end, closes, and counts.
  private final class Reader: ByteTransportDelegate, Sendable {
    private let ended: @Sendable () -> Void

    init(ended: @escaping @Sendable () -> Void) { self.ended = ended }

    func received(_ bytes: RawSpan, from transport: any ByteTransport) {}

    func reachedEnd(of transport: any ByteTransport) {
      transport.close()
      ended()
    }

    func failed(_ error: SocketError, on transport: any ByteTransport) { ended() }
  }

  @Test func aPeerThatHangsUpWhileItsBytesAreReadEndsOnlyItsConnection() async throws {
    let loops = EventLoops(count: 4, name: "test")
    let rounds = 200
    for _ in 0..<rounds {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          let (descriptor, peer) = try RawPeer.pair()
          let loop = loops.next()
          group.addTask {
            try await onThread {
              try peer.write([1])
              peer.close()
            }
          }
          group.addTask {
            await withCheckedContinuation { continuation in
              loop.run {
                let socket = StreamSocket(adopting: descriptor, on: loop, peer: nil)
                socket.start(Reader { continuation.resume() })
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }
}
