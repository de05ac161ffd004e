import Testing

@testable import SocketIO

/// Every order of calls, since a mistake stops the program.
@Suite(.timeLimit(.minutes(2))) struct ReadinessSourceTests {
  enum Step: CaseIterable, Sendable {
    case arm, disarm, cancel

    func apply(to source: ReadinessSource) {
      switch self {
      case .arm: source.arm()
      case .disarm: source.disarm()
      case .cancel: source.cancel()
      }
    }
  }

  /// All sequences of up to four steps.
  static let sequences: [[Step]] = (0..<4).reduce(into: [[]]) { all, _ in
    all += all.flatMap { sequence in Step.allCases.map { sequence + [$0] } }
  }

  @Test func isReleasedSafelyAfterAnyCallsAndLetsGoOnce() async throws {
    let loop = EventLoop(name: "test")
    let (descriptor, peer) = try RawPeer.pair()
    let own = RawPeer(descriptor)
    for sequence in Set(Self.sequences) {
      let released = Counter()
      await withCheckedContinuation { continuation in
        loop.run {
          let source = ReadinessSource(.readable, of: own.descriptor, on: loop) {
          } cancelled: {
            if released.raise() == 1 { continuation.resume() }
          }
          for step in sequence { step.apply(to: source) }
        }
      }
      await loop.perform {}
      #expect(released.value == 1, "after \(sequence)")
    }
    peer.close()
  }

  @Test(arguments: [ReadinessSource.Direction.readable, .writable])
  func saysThatASocketIsReady(direction: ReadinessSource.Direction) async throws {
    let loop = EventLoop(name: "test")
    let (descriptor, peer) = try RawPeer.pair()
    let own = RawPeer(descriptor)
    try peer.write([1])
    let (ready, continuation) = AsyncStream.makeStream(of: Void.self)
    let source = await loop.perform {
      let source = ReadinessSource(direction, of: own.descriptor, on: loop) {
        continuation.yield()
      } cancelled: {
        continuation.finish()
      }
      source.arm()
      return LoopBound(source, on: loop)
    }
    var wasReady = false
    for await _ in ready where !wasReady {
      wasReady = true
      await loop.perform { source.value.cancel() }
    }
    #expect(wasReady)
  }

  /// Several sources are ready at once, and the first that is called cancels all.
  @Test func callsNoSourceThatWasCancelledInTheSameTurn() async throws {
    let loop = EventLoop(name: "test")
    let pairs = try (0..<3).map { _ in try RawPeer.pair() }
    for (_, peer) in pairs { try peer.write([1]) }
    let (calls, released) = (Counter(), Counter())
    await withCheckedContinuation { continuation in
      loop.run {
        let sources = SourceList()
        let bound = LoopBound(sources, on: loop)
        for (descriptor, _) in pairs {
          let source = ReadinessSource(.readable, of: descriptor, on: loop) {
            calls.raise()
            for source in bound.value.all { source.cancel() }
          } cancelled: {
            closeDescriptor(descriptor)
            if released.raise() == 3 { continuation.resume() }
            bound.value.all = []
          }
          sources.all.append(source)
        }
        for source in sources.all { source.arm() }
      }
    }
    #expect(calls.value == 1)
  }

  private final class SourceList {
    var all: [ReadinessSource] = []
  }
}
