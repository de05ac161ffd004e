import Foundation
import Testing

@testable import Torture

/// The journal file of a worker.
struct JournalTests {
  private let one = Publication(worker: 2, incarnation: 0, ordinal: 5)
  private let other = Publication(worker: 2, incarnation: 1, ordinal: 5)

  private func withJournal(_ body: (String) throws -> Void) throws {
    let path = "\(NSTemporaryDirectory())/journal-\(UInt64.random(in: .min ... .max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  private var entries: [Journal.Entry] {
    [
      .begins(incarnation: 0, producer: "a-b-c"), .sends(one),
      .statistics(incarnation: 0, reconnects: 3, resent: 4), .begins(incarnation: 1, producer: "d"),
      .sends(other), .notice(incarnation: 1, at: 12, "IDENTITY_RENEWED: for some reason"),
      .told(
        other,
        Told(received: 9, counts: .init(unique: 5, duplicate: 3, dead: 1), isReplay: true, at: 13)),
      .told(one, Told(received: 9, counts: nil, isReplay: false, at: 14)), .fails(one, "some words"),
    ]
  }

  @Test func entriesAreReadAsTheyWereWritten() throws {
    try withJournal { path in
      for entry in entries { try Journal(path).append(entry) }
      #expect(Journal.read(path, worker: 2) == entries)
    }
  }

  @Test func whatIsCutOffInTheMiddleOfALineIsNotThere() throws {
    try withJournal { path in
      for entry in entries { try Journal(path).append(entry) }
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try String(text.dropLast(4)).write(toFile: path, atomically: true, encoding: .utf8)
      #expect(Journal.read(path, worker: 2) == entries.dropLast())
    }
  }

  @Test func aWorkerKnowsWhatIsUnsettled() {
    let next = Publication(worker: 2, incarnation: 1, ordinal: 6)
    let model = WorkerModel(worker: 2, entries.dropLast(2) + [.sends(next)])
    #expect(model.unsettled == [6])
    #expect(model.next == 7)
    #expect(model.producers == ["a-b-c", "d"])
    #expect(model.notices.count == 1)
    #expect((model.reconnects, model.resent) == (3, 4))
    #expect(WorkerModel(worker: 0, []).next == 0)
  }
}
