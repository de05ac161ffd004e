import Testing
import WireProtocol

@Suite struct EventColumnsBuilderTests {
  @Test func whatIsAppendedIsReadBack() throws {
    var builder = EventColumnsBuilder()
    #expect(try builder.append(topic: "a.b", source: "s", id: "1", timestamp: 5, payload: nil))
    #expect(try builder.append(topic: "a.c", source: "s", id: "2", timestamp: 4, payload: []))
    #expect(try builder.append(topic: "a.b", source: "s", id: "3", timestamp: 9, payload: [1, 2]))
    let size = builder.rawByteCount
    let columns = try EventColumns(builder.finish(), limits: .standard)
    #expect(columns.bytes.count == size)
    #expect(columns.count == 3)
  }
}
