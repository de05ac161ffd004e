import Testing

@testable import Console

@Suite struct EventStreamParserTests {
  private typealias Message = EventStreamParser.Message

  private static let stream =
    "id: 1\n\n: comment\nid: 2\ndata: {\"a\":1}\n\nevent: end\r\ndata: x\r\ndata:y\r\n\r\n"
  private static let messages = [
    Message(id: "1"), Message(id: "2", data: "{\"a\":1}"), Message(id: "2", type: "end", data: "x\ny"),
  ]

  @Test(arguments: [1, 2, 3, 7, 1_000]) func messagesAreTheSameHoweverTheBytesArrive(_ size: Int) throws {
    var parser = EventStreamParser()
    var messages: [Message] = []
    var rest = Array(Self.stream.utf8)[...]
    while !rest.isEmpty {
      messages += try parser.take(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    #expect(messages == Self.messages)
  }

  @Test func aLineThatIsNotOverIsNoMessage() throws {
    var parser = EventStreamParser()
    #expect(try parser.take(Array("id: 1\ndata: x\n".utf8)).isEmpty)
    #expect(try parser.take(Array("\n".utf8)) == [Message(id: "1", data: "x")])
  }
}

@Suite struct TailTests {
  private func tail(limit: Int? = nil) -> Tail {
    Tail(limit: limit, writer: EventWriter(.ndjson, Painter(hasColors: false)))
  }

  @Test func anotherConnectionGoesOnAfterTheLastEvent() throws {
    var tail = tail()
    #expect(
      try tail.take(Array("id: 7\n\nid: 8\ndata: {\"n\":1}\n\nid: 9\ndata: {\"n\"".utf8)) == "{\"n\":1}\n")
    #expect(tail.position == "8")
    tail.beginAgain()
    #expect(try tail.take(Array("id: 9\ndata: {\"n\":2}\n\n".utf8)) == "{\"n\":2}\n")
    #expect(tail.position == "9")
  }

  @Test func theLimitEndsTheTailInTheMiddleOfAPiece() throws {
    var tail = tail(limit: 2)
    let piece = (1...5).map { "id: \($0)\ndata: {\"n\":\($0)}\n\n" }.joined()
    #expect(try tail.take(Array(piece.utf8)) == "{\"n\":1}\n{\"n\":2}\n")
    #expect(tail.isDone && tail.position == "2")
  }

  @Test(arguments: [
    ("shutting-down", true), ("too-slow", true), ("too-old", false), ("other-database", false),
  ])
  func aPositionIsKeptWhileTheServerTakesIt(_ reason: String, _ keeps: Bool) throws {
    var tail = tail()
    let end = "id: 3\n\nevent: end\ndata: {\"reason\":\"\(reason)\",\"detail\":\"because\"}\n\n"
    #expect(try tail.take(Array(end.utf8)).isEmpty)
    #expect(tail.end?.hasPrefix("the server ended the stream: because") == true)
    #expect(tail.end?.contains("may be missing") == !keeps)
    #expect((tail.position == "3") == keeps)
    tail.beginAgain()
    #expect(tail.hasBegun, "a server that is away now is tried again")
  }

  @Test func pausesDoubleUpToFiveSecondsUntilTheTimeIsOver() {
    var pauses = RetryPauses(within: .seconds(10))
    var all: [Duration] = []
    while let pause = pauses.next() { all.append(pause) }
    #expect(
      all == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5)])
    #expect(pauses.wereNeeded && !pauses.isFirst)
    pauses.reset()
    #expect(!pauses.wereNeeded)
    #expect(pauses.next() == .milliseconds(250) && pauses.isFirst)
  }
}
