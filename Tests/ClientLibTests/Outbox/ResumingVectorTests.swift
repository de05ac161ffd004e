import SpecVectors
import Testing

@testable import ClientLib
@testable import WireProtocol

/// The outbox against `spec/vectors/resuming.json`.
struct ResumingVectorTests {
  @Test(arguments: ResumingVector.all) func sendsWhatTheVectorSays(_ vector: ResumingVector) throws {
    var connection = ClientConnection(
      hello: Hello(producer: .first, base: vector.base, clientName: ""), now: start)
    _ = connection.takeOutput(now: start)
    let preface = connection.hear(vector.server.bytes)
    guard
      case .welcomed(let welcome) = connection.hear(Array(vector.server.bytes.dropFirst(preface.consumed)))
        .event
    else {
      Issue.record("no WELCOME")
      return
    }
    var outbox = try outbox(vector)
    _ = outbox.makeHello()
    let result = outbox.resume(welcome, helloBase: vector.base)
    // The vectors have the batches that every client must send. This client also sends listed batches, for
    // their counts.
    _ = outbox.removeListed()
    #expect((result.loss != nil) == vector.lineageLoss)
    #expect(vector.batches.map(\.sequence).filter { outbox.window[$0] == nil } == vector.settled)
    while case .batch(let outgoing) = outbox.next(now: start, mayCarry: { _ in true }) {
      outbox.markSent(outgoing.header.sequence)
      connection.publish(outgoing.header, columns: outgoing.columns)
    }
    #expect(connection.takeOutput(now: start) == vector.client.bytes)
  }

  /// An outbox with the history and the batches of the vector.
  private func outbox(_ vector: ResumingVector) throws -> Outbox {
    let lineage = Lineage(
      system: try #require(UInt64(vector.lineage.system)), timeline: vector.lineage.timeline,
      store: try #require(ProducerID(vector.lineage.store)))
    var outbox = Outbox(producer: .first, capacity: Outbox.Capacity(bytes: 1 << 20, batches: 100))
    let entries = vector.batches.map { batch in
      var entry = Outbox.Entry(
        encoded: EncodedBatch(columns: batch.raw.bytes, events: 1, compressing: false),
        promise: BatchPromise())
      entry.wasSent = batch.sent
      return (batch.sequence, entry)
    }
    let last = try #require(vector.batches.last).sequence
    outbox.restore(SequenceWindow(entries, next: last + 1))
    outbox.history = CommitHistory(
      lineage: lineage, highestCommitted: vector.highestTold,
      lastWelcome: vector.session.map { CommitHistory.LastWelcome(session: $0, lineage: lineage) })
    return outbox
  }
}

extension ClientConnection {
  fileprivate mutating func hear(_ bytes: [UInt8]) -> Step { receive(bytes.span.bytes, now: start) }
}
