import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct EventLoopTests {
  @Test func runsWhatItIsGivenInOrder() async {
    let loop = EventLoop(name: "test")
    let (numbers, continuation) = AsyncStream.makeStream(of: Int.self)
    for number in 0..<1000 { loop.run { continuation.yield(number) } }
    loop.run { continuation.finish() }
    var seen: [Int] = []
    for await number in numbers { seen.append(number) }
    #expect(seen == Array(0..<1000))
  }

  @Test func lendsAllItsConnectionsTheSameMemory() async {
    let loop = EventLoop(name: "test", receiveBufferBytes: 100)
    let first = await loop.perform {
      (loop.receiveBuffer.baseAddress.map(UInt.init(bitPattern:)), loop.receiveBuffer.count)
    }
    let second = await loop.perform { loop.receiveBuffer.baseAddress.map(UInt.init(bitPattern:)) }
    #expect(first.0 == second)
    #expect(first.1 == 100)
  }

  @Test func givesOutLoopsInTurn() {
    let loops = EventLoops(count: 3, name: "io")
    #expect(loops.all.map(\.name) == ["io.0", "io.1", "io.2"])
    #expect(
      (0..<7).map { _ in loops.next().name } == ["io.0", "io.1", "io.2", "io.0", "io.1", "io.2", "io.0"])
  }

  @Test func stopsTheProgramWhenLoopStateIsUsedElsewhere() async {
    await #expect(processExitsWith: .failure) {
      EventLoop(name: "test").preconditionOnLoop()
    }
    await #expect(processExitsWith: .failure) {
      _ = LoopBound(handing: 1, to: EventLoop(name: "test")).value
    }
    await #expect(processExitsWith: .failure) {
      let other = EventLoop(name: "other")
      let bound = LoopBound(handing: 1, to: EventLoop(name: "test"))
      await other.perform { _ = bound.value }
    }
  }

  @Test func letsAValueBeUsedOnItsLoop() async {
    let bound = LoopBound(handing: [1, 2], to: EventLoop(name: "test"))
    #expect(await bound.loop.perform { bound.value } == [1, 2])
    #expect(await bound.loop.perform { LoopBound(bound.value.count, on: bound.loop).value } == 2)
  }
}
