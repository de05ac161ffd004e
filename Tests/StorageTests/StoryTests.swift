import Ingest
import StoreInterface
import Testing
import WireProtocol

/// One batch on its path from a producer to a row and back, in the steps of `docs/ARCHITECTURE.md`, "The path
/// of one batch". The connection machines exchange bytes without sockets; the queue, the writer and Postgres
/// are real.
@Suite struct StoryTests {
  @Test func aBatchTravelsFromBytesToARowAndItsCountsComeBack() async throws {
    try await StoreFixture.with { fixture in
      let (now, producer) = (ContinuousClock.now, ProducerID(high: 7, low: 7))
      var client = ClientConnection(hello: Hello(producer: producer, base: 1, clientName: "story"), now: now)
      var server = ServerConnection(
        configuration: .init(
          limits: .standard, credit: .standard, server: ProducerID(high: 9, low: 9),
          handshake: .seconds(10), bodyProgress: .seconds(30)), now: now)

      // The handshake: the preface of the client, and a HELLO that the store registers.
      var sent = client.takeOutput(now: now)
      let hello = try Self.hello(in: &sent, to: &server, at: now)
      let grant = try await fixture.register(hello.producer, base: hello.base)
      server.registered(
        session: UInt64(grant.session), floor: grant.floor, highest: grant.highest, settled: grant.settled,
        lineage: grant.lineage, durability: grant.durability)
      guard case .welcomed = try Self.answer(of: &server, to: &client, at: now) else {
        Issue.record("the client is not welcome")
        return
      }

      // 1. Bytes arrive: a PUBLISH of three events, of which two have one key and one has a bad payload.
      let columns = try Self.columns()
      client.publish(
        PublishHeader(sequence: 1, base: 1, timeToLive: 0, codec: .none, rawLength: columns.count),
        columns: columns)
      sent = client.takeOutput(now: now)

      // 2. The machine checks header and checksum, and asks for the batch to be admitted.
      guard case .admit(let header, let body) = server.receive(sent.span.bytes, now: now).action else {
        Issue.record("the batch is not admitted")
        return
      }

      // 3. and 4. The columns are decompressed and validated. A bad event is marked dead with its reason.
      let events = try header.columns(in: sent.span.bytes.extracting(body), limits: .standard)
      let dead = ColumnValidator(limits: .standard).deadEvents(in: events)
      #expect(dead == [DeadEvent(position: 2, reason: .payloadSyntax)])

      // 5. The queue takes the batch. Then ACK accepted goes out.
      let batch = IngestBatch(
        key: BatchKey(producer: producer, sequence: header.sequence), base: header.base,
        digest: Digest64.digest(of: events.bytes.span.bytes), session: grant.session, columns: events,
        dead: dead, acceptedAt: now, incarnation: grant.incarnation)
      fixture.offer(batch)
      server.accepted(batch.key.sequence)
      guard case .accepted([1], _) = try Self.answer(of: &server, to: &client, at: now) else {
        Issue.record("the batch is not accepted")
        return
      }

      // 6. A writer commits the group: the ledger, the events, the dead event and the counts in one
      // transaction.
      let outcome = await fixture.outcomes.outcome(of: batch)
      let counts = BatchCounts(unique: 1, duplicate: 1, dead: 1)
      #expect(outcome == .committed(counts))
      #expect(try await fixture.sql("SELECT topic, event_id, payload FROM events") == [["a.b", "1", "{}"]])
      #expect(try await fixture.number("SELECT count(*) FROM batches WHERE received = 3") == 1)
      #expect(try await fixture.number("SELECT count(*) FROM dead_events") == 1)

      // 7. The counts return to the producer in an ACK committed, and the batch is settled.
      server.committed(CommittedBatch(sequence: 1, counts: counts, isReplay: false))
      guard case .committed(let committed, let status) = try Self.answer(of: &server, to: &client, at: now)
      else {
        Issue.record("the batch is not committed")
        return
      }
      #expect(committed == [CommittedBatch(sequence: 1, counts: counts, isReplay: false)])
      #expect(status.settledThrough == 1)
    }
  }

  private static func columns() throws -> [UInt8] {
    var builder = EventColumnsBuilder()
    for (id, payload) in [("1", "{}"), ("1", "{}"), ("2", "{")] {
      _ = try builder.append(
        topic: "a.b", source: "story", id: id, timestamp: 0, payload: Array(payload.utf8))
    }
    return builder.finish()
  }

  /// Feeds the preface and the HELLO to the server.
  private static func hello(
    in bytes: inout [UInt8], to server: inout ServerConnection, at now: ContinuousClock.Instant
  ) throws -> Hello {
    while true {
      let step = server.receive(bytes.span.bytes, now: now)
      bytes.removeFirst(step.consumed)
      switch step.action {
      case .register(let hello): return hello
      case .proceed: continue
      default: throw UnexpectedStep()
      }
    }
  }

  /// The event that the output of the server brings to the client.
  private static func answer(
    of server: inout ServerConnection, to client: inout ClientConnection, at now: ContinuousClock.Instant
  ) throws -> ClientConnection.OnBytes {
    var bytes = server.takeOutput(queue: (0, 0), now: now)
    while true {
      let step = client.receive(bytes.span.bytes, now: now)
      bytes.removeFirst(step.consumed)
      guard case .none = step.event else { return step.event }
      guard step.consumed > 0 else { throw UnexpectedStep() }
    }
  }

  private struct UnexpectedStep: Error {}
}
