import Ingest

/// Where a subscriber stands: the window that it reads and the last event of it, or the end of a window.
/// The `id` of a server-sent event, which comes back as `Last-Event-ID`.
struct TailCursor: Hashable, Sendable {
  let window: TailWindow
  /// The last event that was sent; nil when all of the window were.
  let place: TailPlace?

  private static let scope = "events/stream"

  /// Behind `place` of `window`; at its end without one.
  init(_ window: TailWindow, place: TailPlace?) {
    self.window = window
    self.place = place
  }

  /// At a moment: what was committed before it is done.
  init(_ position: TailPosition) {
    self.init(TailWindow(from: position.snapshot, to: position), place: nil)
  }

  /// Reads the text form; nil when `text` is none.
  init?(_ text: String) {
    guard let cursor = PageCursor(text, for: Self.scope),
      cursor.fields.count == 4 || cursor.fields.count == 7,
      let from = cursor.text(0), let to = cursor.text(1), let time = cursor.number(2, as: Int64.self),
      let lineage = cursor.text(3), TailPosition.horizon(of: from) != nil, TailPosition.horizon(of: to) != nil
    else { return nil }
    self.window = TailWindow(from: from, to: TailPosition(snapshot: to, time: time, lineage: lineage))
    guard cursor.fields.count == 7 else {
      self.place = nil
      return
    }
    guard let batchID = cursor.number(4, as: Int64.self), let eventID = cursor.text(5),
      let topic = cursor.text(6), !eventID.utf8.contains(0), !topic.utf8.contains(0)
    else { return nil }
    self.place = TailPlace(batchID: batchID, eventID: eventID, topic: topic)
  }

  /// The text form.
  var text: String {
    var fields = [
      Array(window.from.utf8), Array(window.to.snapshot.utf8), PageCursor.bytes(of: window.to.time),
      Array(window.to.lineage.utf8),
    ]
    if let place {
      fields += [PageCursor.bytes(of: place.batchID), Array(place.eventID.utf8), Array(place.topic.utf8)]
    }
    return PageCursor(fields).text(for: Self.scope)
  }
}

/// Whether a position can still be gone on from.
enum TailValidity {
  /// Why not, at `present`; nil when it can.
  /// - Parameter oldest: how old it may be.
  static func objection(
    to position: TailPosition, at present: TailPosition, oldest: Duration
  ) -> TailEnding? {
    guard position.lineage == present.lineage, let horizon = position.horizon,
      let presentHorizon = present.horizon, horizon <= presentHorizon
    else { return .otherDatabase }
    let age = Duration.microseconds(present.time.subtractingReportingOverflow(position.time).partialValue)
    return age > oldest ? .tooOld : nil
  }
}

/// Why a subscription ends, as its last event tells it.
enum TailEnding: String, Hashable, Sendable {
  /// The subscriber did not take its events in time.
  case tooSlow = "too-slow"
  /// The position belongs to another database, or to a past that was undone by a restore.
  case otherDatabase = "other-database"
  /// The ledger may not know any more what was committed since the position.
  case tooOld = "too-old"
  /// The server stops.
  case shuttingDown = "shutting-down"
  /// The database did not answer while the subscriber was catching up.
  case databaseAway = "database-away"

  /// For people.
  var sentence: String {
    switch self {
    case .tooSlow: "Events came faster than this connection took them. Reconnect to go on where it was."
    case .otherDatabase: "The database is not the one that this position belongs to. Begin anew."
    case .tooOld: "The position is too old to go on from. Begin anew, or read /events."
    case .shuttingDown: "The server is shutting down. Reconnect, or try another one."
    case .databaseAway: "The database does not answer. Reconnect to go on where it was."
    }
  }
}
