import Ingest
import Synchronization
import Testing

struct ConnectionMemoryTests {
  /// The callbacks that were called, and whether with the pass.
  private final class Calls: Sendable {
    private let list = Mutex<[String]>([])
    var names: [String] { list.withLock { $0 } }
    func entry(_ name: String) -> @Sendable (Bool) -> Void {
      { [self] hasPass in list.withLock { $0.append(hasPass ? "\(name) with the pass" : name) } }
    }
  }

  @Test func connectionsWithoutADeliveryMayUseHalf() {
    let memory = ConnectionMemory(limit: 1 << 20)
    memory.change(by: 512 << 10)
    #expect(memory.isFull(hasDelivered: false))
    #expect(!memory.isFull(hasDelivered: true))
    memory.change(by: 512 << 10)
    #expect(memory.isFull(hasDelivered: true))
  }

  @Test func callsAtOnceWhileThereIsRoom() {
    let memory = ConnectionMemory(limit: 1 << 20)
    let calls = Calls()
    memory.whenRoom(hasDelivered: false, calls.entry("one"))
    #expect(calls.names == ["one"])
    #expect(!memory.isContended)
  }

  @Test func thePassGoesFirstToConnectionsThatDelivered() {
    let memory = ConnectionMemory(limit: 1 << 20)
    let calls = Calls()
    memory.change(by: 1 << 20)
    memory.whenRoom(hasDelivered: false, calls.entry("first"))
    memory.whenRoom(hasDelivered: false, calls.entry("stranger"))
    memory.whenRoom(hasDelivered: true, calls.entry("producer"))
    #expect(calls.names == ["first with the pass"])
    #expect(memory.isContended)
    memory.returnPass()
    #expect(calls.names.last == "producer with the pass")
    memory.returnPass()
    #expect(calls.names.last == "stranger with the pass")
    #expect(!memory.isContended)
  }

  @Test func wakesWaitersWhenBytesAreReleased() {
    let memory = ConnectionMemory(limit: 1 << 20)
    let calls = Calls()
    memory.change(by: 1 << 20)
    memory.whenRoom(hasDelivered: true, calls.entry("first"))
    memory.whenRoom(hasDelivered: true, calls.entry("second"))
    memory.whenRoom(hasDelivered: false, calls.entry("stranger"))
    memory.change(by: -1)
    #expect(calls.names == ["first with the pass", "second"])
    memory.change(by: -(1 << 20) + 1)
    #expect(calls.names.last == "stranger")
  }
}
