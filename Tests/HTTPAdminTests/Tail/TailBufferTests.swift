import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("TailBuffer")
struct TailBufferTests {
  private let moment = TailPosition(snapshot: "1:2:", time: 0, lineage: "a")

  private func piece(_ count: Int) -> TailBuffer.Piece {
    TailBuffer.Piece(
      window: TailWindow(from: "1:1:", to: moment),
      events: (0..<count).map { TailEvent(.sample(id: "\($0)"), batchID: 1) })
  }

  private func size(_ count: Int) -> Int { piece(count).events.reduce(0) { $0 + $1.byteCount } }

  /// Returns the next delivery in a comparable form.
  private func take(_ buffer: inout TailBuffer) -> String {
    switch buffer.take() {
    case .begin(let position): "begin \(position.snapshot)"
    case .pieces(let pieces): "pieces \(pieces.map(\.events.count))"
    case .wait(let reached): "wait \(reached?.snapshot ?? "-")"
    case .end(let ending): "end \(ending)"
    }
  }

  @Test func beginsBeforeAnythingElse() {
    var buffer = TailBuffer(limit: 1 << 20)
    #expect(take(&buffer) == "wait -")
    buffer.begin(moment)
    let isAdded = buffer.add(piece(2)) && buffer.add(piece(3))
    #expect(isAdded)
    #expect(take(&buffer) == "begin 1:2:")
    #expect(take(&buffer) == "pieces [2]")
    #expect(take(&buffer) == "pieces [3]")
    #expect(take(&buffer) == "wait 1:2:")
  }

  @Test func holdsNoMoreThanItsLimit() {
    var buffer = TailBuffer(limit: size(4))
    let first = buffer.add(piece(4))
    let second = buffer.add(piece(1))
    #expect(first && !second)
    #expect(take(&buffer) == "pieces [4]")
    // Events that are being sent use memory until the subscriber takes the next ones.
    let third = buffer.add(piece(1))
    #expect(!third)
    #expect(take(&buffer) == "wait -")
    let fourth = buffer.add(piece(1))
    #expect(fourth)
  }

  @Test func anEmptyBufferTakesALargerPage() {
    var buffer = TailBuffer(limit: 1)
    let first = buffer.add(piece(4))
    let second = buffer.add(piece(1))
    #expect(first && !second)
  }

  @Test func anEndDiscardsEventsAndTheFirstReasonCounts() {
    var buffer = TailBuffer(limit: 1 << 20)
    _ = buffer.add(piece(2))
    buffer.end(.tooSlow)
    buffer.end(.shuttingDown)
    let isAdded = buffer.add(piece(2))
    #expect(isAdded && take(&buffer) == "end tooSlow")
    #expect(take(&buffer) == "end tooSlow")
  }
}
