import Testing

@testable import Storage

@Suite struct TopicNumbersTests {
  /// Makes columns of names, and the location of each name.
  private func columns(_ names: [String]) -> (bytes: [UInt8], fields: [StagedEvent.Field]) {
    names.reduce(into: (bytes: [], fields: [])) { columns, name in
      let start = columns.bytes.count
      columns.bytes += Array(name.utf8)
      columns.fields.append(StagedEvent.Field(start..<columns.bytes.count))
    }
  }

  @Test func equalNamesOfSeveralBatchesHaveOneNumber() {
    let batches = [columns(["ab", "a", "b"]), columns(["b", "bb", "ab"])]
    var numbers = TopicNumbers(columns: batches.map(\.bytes))
    let found = batches.enumerated().map { batch, columns in
      columns.fields.map { numbers.number(of: $0, batch: Int32(batch)) }
    }
    #expect(found == [[0, 1, 2], [2, 3, 0]])
    #expect(numbers.places.map(\.batch) == [0, 0, 0, 1])
    #expect(numbers.places.map(\.name) == batches[0].fields + [batches[1].fields[1]])
  }

  /// Adds many more names than the initial capacity.
  @Test func aNumberStaysWhileOthersAreAdded() {
    let names = (0..<5_000).map { "topic \($0)" }
    let batches = [columns(names), columns(names.reversed())]
    var numbers = TopicNumbers(columns: batches.map(\.bytes))
    for (index, field) in batches[0].fields.enumerated() {
      #expect(numbers.number(of: field, batch: 0) == index)
    }
    for (index, field) in batches[1].fields.reversed().enumerated() {
      #expect(numbers.number(of: field, batch: 1) == index)
    }
    #expect(numbers.places.count == names.count)
  }
}
