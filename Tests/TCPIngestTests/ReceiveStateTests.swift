import Ingest
import Testing

@testable import TCPIngest

struct ReceiveStateTests {
  private let now = ContinuousClock.now
  private let buffers = BufferPool(limit: 0)

  private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

  @Test func aFrameInPiecesIsCompletedWithoutTheBytesAfterIt() {
    let frame = bytes(100)
    for split in 1..<100 {
      var state = ReceiveState()
      state.begin(frame.span.bytes.extracting(0..<split), total: 100, buffers: buffers, at: now)
      let rest = Array(frame[split...]) + [1, 2, 3]
      var offset = 0
      let taken = state.take(rest.span.bytes, from: &offset, buffers: buffers, at: now)
      #expect(taken == .complete(frame))
      #expect(offset == 100 - split)
      #expect(state.isBetweenFrames == true)
      let next = state.take(rest.span.bytes, from: &offset, buffers: buffers, at: now)
      #expect(next == .frames)
      #expect(offset == 100 - split, "bytes of the next frame are not taken")
    }
  }

  @Test func anIncompleteFrameSaysHowMuchItHolds() {
    var state = ReceiveState()
    let frame = bytes(100)
    state.begin(frame.span.bytes.extracting(0..<10), total: 100, buffers: buffers, at: now)
    var offset = 10
    let taken = state.take(frame.span.bytes.extracting(0..<30), from: &offset, buffers: buffers, at: now)
    #expect(taken == .partial(held: 30))
    #expect(offset == 30)
    #expect(state.memory >= 30)
  }

  @Test func theMemoryOfAFrameGrowsWithItsBytes() {
    var state = ReceiveState()
    let piece = bytes(10_000)
    state.begin(piece.span.bytes, total: 64 << 20, buffers: buffers, at: now)
    for count in 2...100 {
      var offset = 0
      _ = state.take(piece.span.bytes, from: &offset, buffers: buffers, at: now)
      #expect(state.memory <= 5 * 10_000 * count)
    }
  }

  @Test func bytesOfAStallWaitInOrder() {
    var state = ReceiveState()
    state.stall(.connectionMemory, at: now)
    for piece in [[1, 2], [3], [4, 5]] as [[UInt8]] {
      var offset = 0
      let taken = state.take(piece.span.bytes, from: &offset, buffers: buffers, at: now)
      #expect(taken == .kept)
      #expect(offset == piece.count)
    }
    #expect(state.memory == 5)
    let backlog = state.resume(at: now)
    #expect(backlog == [1, 2, 3, 4, 5])
    #expect(state.isStalled == false)
    #expect(state.memory == 0)
  }

  @Test func aCompleteFrameThatStallsComesFirstInTheBacklog() {
    var state = ReceiveState()
    state.stall(.memoryBudget(7), at: now)
    state.finish([1, 2], used: 0, buffers: buffers)
    var offset = 1
    let rest: [UInt8] = [0, 3]
    _ = state.take(rest.span.bytes, from: &offset, buffers: buffers, at: now)
    let backlog = state.resume(at: now)
    #expect(backlog == [1, 2, 3])
  }

  @Test func aLargeRestIsReadDirectlyAndWaitsOnlyWithoutRoom() {
    var state = ReceiveState()
    let first = state.planRead(mayGrow: true, buffers: buffers)
    let mustWait = state.planRead(mayGrow: false, buffers: buffers)
    #expect(first == .shared)
    #expect(mustWait == .wait)
    state.begin(bytes(100).span.bytes, total: 1 << 20, buffers: buffers, at: now)
    let large = state.planRead(mayGrow: true, buffers: buffers)
    let withRoom = state.planRead(mayGrow: false, buffers: buffers)
    #expect(large == .direct)
    #expect(withRoom == .direct, "memory that the frame has already may be filled")
    var small = ReceiveState()
    small.begin(bytes(100).span.bytes, total: 1_000, buffers: buffers, at: now)
    let rest = small.planRead(mayGrow: true, buffers: buffers)
    #expect(rest == .shared, "a small rest is read together with the next frame")
  }

  @Test func aReservationIsHandedOnOrReleased() {
    let memory = MemoryBudget(limit: 100)
    var state = ReceiveState()
    for ending in 0..<3 {
      let isReserved = memory.reserve(40)
      #expect(isReserved)
      state.hold(MemoryReservation(adopting: 40, of: memory), of: 40)
      let isHeld = state.hasReservation
      #expect(isHeld && memory.reserved == 40)
      switch ending {
      case 0: withExtendedLifetime(state.takeReservation(of: 40)) { #expect(memory.reserved == 40) }
      case 1: state.dropReservation()
      default: state.end()
      }
      #expect(memory.reserved == 0)
    }
  }

  @Test func theEndReleasesEverything() {
    var state = ReceiveState()
    state.begin(bytes(5_000).span.bytes, total: 10_000, buffers: buffers, at: now)
    state.stall(.queueShare(1, of: .fresh()), at: now)
    var offset = 0
    _ = state.take(bytes(10).span.bytes, from: &offset, buffers: buffers, at: now)
    state.end()
    #expect(state.memory == 0)
    #expect(state.isStalled == false)
  }

  @Test func aStalledConnectionDoesNotCountAsSlow() {
    var state = ReceiveState()
    state.begin(bytes(10).span.bytes, total: 1_000, buffers: buffers, at: now)
    state.stall(.connectionMemory, at: now)
    let whileStalled = state.pace.isSlow(at: now + .seconds(60))
    _ = state.resume(at: now + .seconds(60))
    let afterwards = state.pace.isSlow(at: now + .seconds(61))
    #expect(!whileStalled)
    #expect(afterwards)
  }

  @Test func noReservationIsTakenAfterTheEnd() async {
    await #expect(processExitsWith: .failure) {
      let memory = MemoryBudget(limit: 100)
      _ = memory.reserve(40)
      var state = ReceiveState()
      state.end()
      state.hold(MemoryReservation(adopting: 40, of: memory), of: 40)
    }
  }
}
