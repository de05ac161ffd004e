import Testing

@testable import Publisher

struct CommitPositionsTests {
  private let one = FileID(low: 1, high: 1)
  private let two = FileID(low: 2, high: 2)

  private func at(_ offset: UInt64) -> FilePosition { FilePosition(offset: offset, tail: "\(offset)") }

  @Test func aPositionWaitsForEarlierBatches() {
    var positions = CommitPositions()
    positions.publish(batch: 1, upTo: [one: at(10)])
    positions.publish(batch: 2, upTo: [one: at(20), two: at(5)])
    positions.publish(batch: 3, upTo: [one: at(30)])
    positions.settle(batch: 3)
    positions.settle(batch: 2)
    #expect(positions[one] == nil)
    #expect(positions[two] == at(5))
    #expect(!positions.isSettled(one) && positions.isSettled(two))
    positions.settle(batch: 1)
    #expect(positions[one] == at(30))
    #expect(positions.isSettled(one))
  }

  @Test func linesWithoutAnEventWaitForTheEventsBeforeThem() {
    var positions = CommitPositions()
    positions.pass(upTo: [one: at(3)])
    #expect(positions[one] == at(3))
    positions.publish(batch: 1, upTo: [one: at(10)])
    positions.pass(upTo: [one: at(12)])
    #expect(positions[one] == at(3))
    positions.settle(batch: 1)
    #expect(positions[one] == at(12))
  }

  @Test func tellsOfEachChangeOnce() {
    var positions = CommitPositions()
    positions.begin(one, at: at(7))
    var changes = [positions.takeChange()]
    positions.publish(batch: 1, upTo: [one: at(10)])
    changes.append(positions.takeChange())
    positions.settle(batch: 1)
    changes += [positions.takeChange(), positions.takeChange()]
    #expect(changes == [false, false, true, false])
  }

  @Test func keepsAFileThatWaitsForACommit() {
    var positions = CommitPositions()
    positions.begin(one, at: at(7))
    positions.begin(two, at: at(7))
    positions.publish(batch: 1, upTo: [one: at(10)])
    positions.keep(only: [])
    #expect(positions[one] == at(7))
    #expect(positions[two] == nil)
  }
}
