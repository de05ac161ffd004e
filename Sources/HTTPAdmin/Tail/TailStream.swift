import Hummingbird
import Ingest
import NIOCore

/// One subscription as the body of an answer: server-sent events (WHATWG HTML, "Server-sent events").
///
/// Every event has the place behind it as its id. A subscriber who comes back with one first reads by itself
/// what it missed, up to where the hub lets it begin, and then gets what all get.
struct TailStream: Sendable {
  let hub: TailHub
  let tail: any EventTail
  let filter: TailFilter
  /// Where the subscriber was; nil when it begins now.
  let start: TailCursor?
  let settings: TailSettings
  /// A place among those who subscribe, held as long as this is.
  let ticket: TailTicket

  /// The body; it ends when the subscription does.
  var body: ResponseBody {
    ResponseBody { output in
      try await output.write(ByteBuffer(string: "retry: 1000\n\n"))
      if let ending = try await catchUp(to: &output) {
        try await output.write(TailText.ending(ending))
      }
      try await output.finish(nil)
      withExtendedLifetime(ticket) {}
    }
  }

  /// Reads what is missing until hardly anything is, then goes on with all others.
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
      return .databaseAway
    }
    let (member, subscriber) = await hub.subscribe(filter)
    let result: Result<TailEnding?, any Error>
    do { result = .success(try await follow(subscriber, from: position, to: &output)) } catch {
      result = .failure(error)
    }
    await hub.leave(member)
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
            return .databaseAway
          }
        }
        try await output.write(TailText.place(TailCursor(present)))
      case .pieces(let pieces):
        for piece in pieces { try await output.write(TailText.events(piece.events, of: piece.window)) }
      case .wait(let reached):
        // Also tells where a subscriber stands who wants little, so that its place does not grow old.
        try await output.write(reached.map { TailText.place(TailCursor($0)) } ?? TailText.comment)
        if Task.isCancelled { return nil }
      case .end(let ending):
        return ending
      }
    }
  }

  /// Sends the events of a window.
  /// - Returns: Whether they were so many that more may have been committed meanwhile than should wait in a
  ///   buffer.
  private func send(
    _ window: TailWindow, after place: TailPlace? = nil, isDone: Bool = false,
    to output: inout any ResponseBodyWriter
  ) async throws -> Bool {
    guard !isDone else { return true }
    var reading = TailReading(window, after: place, filters: filter == TailFilter() ? [] : [filter])
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
          try await output.write(TailText.events(answer.events, of: window))
          lastWrite = .now
        }
      case .end:
        try await output.write(TailText.place(TailCursor(window.to)))
        return steps > 4
      }
      if lastWrite.duration(to: .now) >= settings.heartbeat {
        try await output.write(TailText.comment)
        lastWrite = .now
      }
    }
  }
}
