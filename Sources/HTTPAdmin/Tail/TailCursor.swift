import Ingest
internal import StoreInterface

/// A subscriber's position: a window with the last event that was sent, or the end of a window. Its text is
/// the `id` of a server-sent event, which the client returns as `Last-Event-ID`.
struct TailCursor: Hashable, Sendable {
  let window: TailWindow
  /// The last event that was sent; nil when the whole window was sent.
  let place: TailPlace?

  private static let scope = "events/stream"

  /// Creates the position after `place` in `window`, or at its end for nil.
  init(_ window: TailWindow, place: TailPlace?) {
    self.window = window
    self.place = place
  }

  /// Creates the position at `position`: all events committed before it are done.
  init(_ position: TailPosition) {
    self.init(TailWindow(from: position.snapshot, to: position), place: nil)
  }

  /// Reads the text form; nil when `text` is malformed.
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

/// Decides whether a stream can continue from a position.
enum TailValidity {
  /// Returns why a stream cannot continue at `present`; nil when it can.
  /// - Parameter oldest: Maximum age of the position.
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

/// The reason for the end of a subscription, which the last event of the stream gives.
enum TailEnding: String, Hashable, Sendable {
  /// The subscriber did not read its events in time.
  case tooSlow = "too-slow"
  /// The position belongs to another database, or to a state that a restore undid.
  case otherDatabase = "other-database"
  /// Batches committed since the position may be pruned from the ledger.
  case tooOld = "too-old"
  /// The server is stopping.
  case shuttingDown = "shutting-down"
  /// The database did not answer while the subscriber was reading earlier events.
  case databaseUnavailable = "database-away"

  /// The reason as a sentence for people, with what to do.
  var sentence: String {
    switch self {
    case .tooSlow:
      "Events arrived faster than this connection read them. Reconnect to continue from the last event."
    case .otherDatabase: "The position belongs to another database. Connect without Last-Event-ID."
    case .tooOld: "The position is too old. Connect without Last-Event-ID, or read /events."
    case .shuttingDown: "The server is stopping. Reconnect, or use another server."
    case .databaseUnavailable: "The database does not answer. Reconnect to continue from the last event."
    }
  }
}
