import HTTPTypes
import HummingbirdTesting
import Ingest
import StoreInterface
import Testing

@testable import HTTPAdmin

@Suite("GET /events/stream")
struct EventStreamRouteTests {
  private let tail = MemoryTail()

  private var server: TestServer {
    var server = TestServer()
    server.tail = tail
    server.settings.tail.poll = .milliseconds(1)
    return server
  }

  @Test func sendsEventsCommittedFromThenOn() async throws {
    tail.publish("before")
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection)
        #expect(client.status == "HTTP/1.1 200 OK")
        try await client.begun()
        tail.publish("a", "b", payload: "{\"x\":\n1}")
        tail.publish("c")
        #expect(try await client.topics(3) == ["a", "b", "c"])
        #expect(client.values(of: "data: ").first?.contains(#""payload":{"x": 1}"#) == true)
        #expect(client.values(of: "retry: ") == ["1000"])
      }
    }
  }

  @Test func oneReadingServesAllSubscribersByTheirFilters() async throws {
    try await server.withService { port in
      let begun = [Milestone(), Milestone()]
      async let one = Self.topics(2, port, "?topic=a.*&source=billing", begun[0])
      async let other = Self.topics(1, port, "?topic=b", begun[1])
      for milestone in begun { await milestone.wait() }
      tail.publish("a.1", "b", "c", "a.2")
      let found = try await (one, other)
      #expect(found.0 == ["a.1", "a.2"] && found.1 == ["b"])
      #expect(tail.reads == 1)
    }
  }

  /// Subscribes and returns the topics of the first events.
  private static func topics(
    _ count: Int, _ port: Int, _ query: String, _ begun: Milestone
  ) async throws -> [String] {
    try await RawConnection.with(port: port) { connection in
      defer { begun.reach() }
      var client = try await StreamClient(connection, query)
      try await client.begun()
      begun.reach()
      return try await client.topics(count)
    }
  }

  /// The stream is cut after each event in turn, and resumed with its id.
  @Test func aResumedSubscriberGetsEachEventOnce() async throws {
    let server = server
    try await server.withService { port in
      var (found, id): ([String], String?) = ([], nil)
      for round in 0..<6 {
        (found, id) = try await RawConnection.with(port: port) { [found, id] connection in
          var client = try await StreamClient(connection, lastEventID: id)
          try await client.begun()
          // Two batches are committed while it reads, and two while it is disconnected.
          for number in 0..<2 { tail.publish("\(round).\(number).x", "\(round).\(number).y") }
          let topics = try await client.topics(round == 0 ? 3 : 8)
          return (found + topics, client.id(ofEvent: client.seen))
        }
        for number in 2..<4 { tail.publish("\(round).\(number).x", "\(round).\(number).y") }
      }
      let all = (0..<6).flatMap { round in
        (0..<4).flatMap { ["\(round).\($0).x", "\(round).\($0).y"] }
      }
      #expect(found == Array(all.prefix(found.count)))
      #expect(found.count == 43)
    }
  }

  /// A transaction that began before the subscription and commits during it is new. A transaction that stays
  /// open delays no other.
  @Test func aTransactionThatBeganEarlyIsNeitherMissedNorDelaysOthers() async throws {
    let early = tail.begin([.sample(topic: "early")])
    _ = tail.begin([.sample(topic: "never")])
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection)
        try await client.begun()
        tail.publish("quick")
        #expect(try await client.topics(1) == ["quick"])
        tail.commit(early)
        #expect(try await client.topics(1) == ["early"])
      }
    }
  }

  @Test func aSubscriberWithoutEventsGetsCommentsAndItsPosition() async throws {
    var server = server
    server.settings.tail.heartbeat = .milliseconds(5)
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection, "?topic=nothing")
        try await client.begun()
        let first = client.lastID
        tail.publish("other")
        try await client.wait { $0.lastID != first }
      }
    }
  }

  /// Fault 24: the subscriber does not read while much is committed, and is told why the stream ends.
  @Test func aSubscriberThatReadsSlowlyIsDroppedWithAReason() async throws {
    var server = server
    server.settings.tail.bufferBytes = 64 << 10
    server.settings.tail.timeout = .milliseconds(1)
    // A long write timeout, so that on a busy machine the stream ends before the connection is closed.
    server.settings.requestTime = .seconds(600)
    let payload = "\"" + String(repeating: "x", count: 400_000) + "\""
    let (begun, done) = (Milestone(), Milestone())
    try await server.withService { port in
      async let slow = RawConnection.with(port: port) { connection in
        defer { begun.reach() }
        var client = try await StreamClient(connection)
        try await client.begun()
        begun.reach()
        await done.wait()
        try await client.readToEnd()
        return (ending: client.values(of: "data: ").last, id: client.lastID)
      }
      await begun.wait()
      try await RawConnection.with(port: port) { connection in
        defer { done.reach() }
        var quick = try await StreamClient(connection, "?topic=small")
        try await quick.begun()
        for _ in 0..<60 {
          tail.publish("large", "small", payload: payload)
          #expect(try await quick.topics(1) == ["small"])
        }
      }
      let (ending, id) = try await slow
      #expect(ending?.hasPrefix(#"{"reason":"too-slow""#) == true)
      let next = try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection, lastEventID: id)
        return try await client.topics(1)
      }
      #expect(next == ["small"] || next == ["large"], "the stream can be resumed")
    }
  }

  @Test func shutdownEndsStreams() async throws {
    let reading = try await server.withService { port in
      let begun = Milestone()
      let reading = Task {
        try await RawConnection.with(port: port) { connection in
          defer { begun.reach() }
          var client = try await StreamClient(connection)
          try await client.begun()
          begun.reach()
          try await client.readToEnd()
          return client.values(of: "data: ")
        }
      }
      await begun.wait()
      return reading
    }
    let lines = try await reading.value
    #expect(lines.count == 1 && lines.first?.hasPrefix(#"{"reason":"shutting-down""#) == true)
  }

  @Test(arguments: ["x", "AAAA", "-", "é"])
  func refusesAMalformedId(_ id: String) async throws {
    let field = try #require(HTTPField.Name("Last-Event-ID"))
    let answer = try await server.answer("/events/stream", headers: [field: id])
    #expect(answer.status == .badRequest)
    #expect(try answer.problem().detail.contains("Last-Event-ID"))
  }

  @Test func refusesToContinueFromAnInvalidPosition() async throws {
    let id = TailCursor(try await tail.tailPosition()).text
    let field = try #require(HTTPField.Name("Last-Event-ID"))
    tail.pass(seconds: 1_801)
    let old = try await server.answer("/events/stream", headers: [field: id])
    #expect(old.status == .gone)
    #expect(try old.problem().type == "urn:sluice:problem:tail-gone")
    let fresh = TailCursor(try await tail.tailPosition()).text
    tail.becomeAnother()
    #expect(try await server.answer("/events/stream", headers: [field: fresh]).status == .gone)
  }

  @Test func answersUnavailableBeforeTheStreamBegins() async throws {
    tail.fail(with: QueryError("gone", isTransient: true))
    let answer = try await server.answer("/events/stream")
    #expect(answer.status == .serviceUnavailable)
  }

  @Test func aShortOutageOfTheDatabaseInterruptsNoStream() async throws {
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection)
        try await client.begun()
        tail.fail(with: QueryError("gone", isTransient: true))
        tail.publish("meanwhile")
        tail.fail(with: nil)
        #expect(try await client.topics(1) == ["meanwhile"])
      }
    }
  }

  @Test func limitsTheNumberOfSubscribers() async throws {
    var server = server
    server.settings.tail.subscribers = 1
    try await server.withService { port in
      try await RawConnection.with(port: port) { connection in
        var client = try await StreamClient(connection)
        try await client.begun()
        let refusal = try await RawConnection.with(port: port) { other in
          try await StreamClient(other).status
        }
        #expect(refusal.hasPrefix("HTTP/1.1 503"))
      }
      // A subscriber that left makes room.
      while true {
        let status = try await RawConnection.with(port: port) { other in
          tail.publish("wake")
          return try await StreamClient(other).status
        }
        if status == "HTTP/1.1 200 OK" { break }
      }
    }
  }

  @Test(arguments: ["topic=", "source=%ff", "topic=a&topic=b"])
  func refusesABadParameter(_ query: String) async throws {
    let answer = try await server.answer("/events/stream?\(query)")
    #expect((400..<500).contains(answer.status.code))
    #expect(try answer.problem().errors?.count == 1)
  }
}
