import SpecVectors
import Testing

@testable import WireProtocol

struct ColumnVectorTests {
  @Test(arguments: ColumnVector.all) func columnsHoldTheEventsOfTheVectorOrItsError(_ vector: ColumnVector) {
    let result = Result { () throws(WireError) in try EventColumns(vector.raw.bytes, limits: .standard) }
    switch result {
    case .failure(let error): #expect(error.code.name == vector.error, "\(error)")
    case .success(let columns): expect(columns, vector)
    }
  }

  private func expect(_ columns: EventColumns, _ vector: ColumnVector) {
    let bytes = columns.bytes
    let topics = columns.topicRanges()
    let sources = columns.sourceRanges()
    var cursor = columns.makeCursor()
    guard let events = vector.events else { return #expect(vector.error == nil) }
    for expected in events {
      guard let place = cursor.next(in: bytes.span.bytes) else {
        Issue.record("too few events")
        return
      }
      #expect(Array(bytes[topics[place.topic]]) == expected.topic.bytes)
      #expect(Array(bytes[sources[place.source]]) == expected.source.bytes)
      #expect(Array(bytes[place.id]) == expected.id.bytes)
      #expect(String(columns.layout.baseTime + place.timeDelta) == expected.time)
      #expect(place.payload.map { Array(bytes[$0]) } == expected.payload?.bytes)
    }
    let extra = cursor.next(in: bytes.span.bytes)
    #expect(extra == nil)
    #expect(vector.error == nil, "there should have been an error")
  }
}
