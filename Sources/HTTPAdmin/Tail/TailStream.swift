import Hummingbird
import Ingest
import NIOCore
internal import StoreInterface

/// One subscription as the body of an answer: server-sent events (WHATWG HTML, "Server-sent events"), or
/// lines (NDJSON).
///
/// The id of each server-sent event is the position after it; lines have none. A subscriber that resumes from
/// an id first reads by itself the events that it missed, up to the broadcaster's position, and then receives
/// the common events.
struct TailStream: Sendable {
  let broadcaster: TailBroadcaster
  let tail: any EventTail
  let filter: EventFilter
  /// The form of the events.
  let text: TailText
  /// The position to resume from; nil to start now.
  let start: TailCursor?
  let settings: TailSettings
  /// The subscriber's place, held while this value exists.
  let permit: SubscriberPermit

  /// The body. It ends with the subscription.
  var body: ResponseBody {
    ResponseBody { output in
      try await output.write(text.beginning)
      if let ending = try await catchUp(to: &output) {
        try await output.write(text.ending(ending))
      }
      try await output.finish(nil)
      withExtendedLifetime(permit) {}
    }
  }

  /// Sends the missed events until few are left, then follows the broadcaster.
  private func catchUp(to output: inout any ResponseBodyWriter) async throws -> TailEnding? {
    var position: TailPosition?
    do {
      if let start {
        var isFar = try await send(start.window, after: start.place, isDone: start.place == nil, to: &output)
        position = start.window.to
        while isFar, let from = position {
          let present = try await tail.tailPosition()
          isFar = try await send(TailWindow(from: from.snapshot, to: present), to: &output)
          position = present
        }
      }
    } catch is QueryError {
      return .databaseUnavailable
    }
    let (member, subscriber) = await broadcaster.subscribe(filter)
    let result: Result<TailEnding?, any Error>
    do { result = .success(try await follow(subscriber, from: position, to: &output)) } catch {
      result = .failure(error)
    }
    await broadcaster.leave(member)
    return try result.get()
  }

  private func follow(
    _ subscriber: TailSubscriber, from position: TailPosition?, to output: inout any ResponseBodyWriter
  ) async throws -> TailEnding? {
    while true {
      switch await subscriber.next(within: settings.heartbeat) {
      case .begin(let present):
        if let position {
          do {
            _ = try await send(TailWindow(from: position.snapshot, to: present), to: &output)
          } catch is QueryError {
            return .databaseUnavailable
          }
        }
        try await output.write(text.place(TailCursor(present)))
      case .pieces(let pieces):
        for piece in pieces { try await output.write(text.events(piece.events, of: piece.window)) }
      case .wait(let reached):
        // The position keeps the id of a subscriber with few events from becoming too old.
        try await output.write(reached.map { text.place(TailCursor($0)) } ?? text.comment)
        if Task.isCancelled { return nil }
      case .end(let ending):
        return ending
      }
    }
  }

  /// Sends the events of a window.
  /// - Returns: whether reading took more than 4 steps, because then the events committed meanwhile may exceed
  ///   a buffer. Always true when `isDone`.
  private func send(
    _ window: TailWindow, after place: TailPlace? = nil, isDone: Bool = false,
    to output: inout any ResponseBodyWriter
  ) async throws -> Bool {
    guard !isDone else { return true }
    var reading = TailReading(window, after: place, filters: filter == EventFilter() ? [] : [filter])
    var lastWrite = ContinuousClock.now
    var steps = 0
    while true {
      steps += 1
      switch reading.next() {
      case .batches(let from):
        reading.received(
          try await tail.tailBatches(in: window, from: from, limit: TailReading.batchLimit))
      case .events(let page):
        let answer = try await tail.tailEvents(page)
        reading.received(answer)
        if !answer.events.isEmpty {
          try await output.write(text.events(answer.events, of: window))
          lastWrite = .now
        }
      case .end:
        try await output.write(text.place(TailCursor(window.to)))
        return steps > 4
      }
      if lastWrite.duration(to: .now) >= settings.heartbeat {
        try await output.write(text.comment)
        lastWrite = .now
      }
    }
  }
}

/// The text of a stream of events.
enum TailText: Sendable {
  /// Server-sent events.
  case serverSentEvents
  /// One event on each line.
  case lines

  /// The type of the answer.
  var type: ContentType { self == .lines ? .ndjson : .eventStream }

  /// The beginning of a stream.
  var beginning: ByteBuffer { ByteBuffer(string: self == .lines ? "" : "retry: 1000\n\n") }

  /// Text without an event, which shows that the connection is alive.
  var comment: ByteBuffer { ByteBuffer(string: self == .lines ? "\n" : ":\n\n") }

  /// Returns the text of events. A server-sent event has the position after it as its id.
  func events(_ events: [TailEvent], of window: TailWindow) -> ByteBuffer {
    var writer = JSONWriter(oneLine: true)
    for event in events {
      switch self {
      case .serverSentEvents:
        writer.text("id: \(TailCursor(window, place: event.place).text)\ndata: ")
        writer.value(event.event)
        writer.text("\n\n")
      case .lines:
        writer.value(event.event)
        writer.endLine()
      }
    }
    return writer.takeBuffer()
  }

  /// Returns a comment with the subscriber's position. A client does not report an event without data, but it
  /// keeps the id. Lines have no positions.
  func place(_ cursor: TailCursor) -> ByteBuffer {
    self == .lines ? comment : ByteBuffer(string: ":\nid: \(cursor.text)\n\n")
  }

  /// Returns the end of a stream: an event of the type `end`, or an object with the member `end`.
  func ending(_ ending: TailEnding) -> ByteBuffer {
    var writer = JSONWriter(oneLine: true)
    let write: (inout JSONWriter) -> Void = { writer in
      writer.member("reason", ending.rawValue)
      writer.member("detail", ending.sentence)
    }
    switch self {
    case .serverSentEvents:
      writer.text("event: end\ndata: ")
      writer.object(write)
      writer.text("\n\n")
    case .lines:
      writer.object { $0.member("end", write) }
      writer.endLine()
    }
    return writer.takeBuffer()
  }
}
