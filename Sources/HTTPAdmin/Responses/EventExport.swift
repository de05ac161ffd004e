import Hummingbird
import Ingest
import NIOCore
internal import StoreInterface
import Synchronization

/// All events of a query as the body of an answer, page by page. One page is in memory at a time, and the next one is
/// read when the client has taken it. The export ends with the search, or with the connection. A client that takes
/// nothing is closed by `StalledWriteHandler`. An export that gets no memory for its next page within `wait` is cut: its
/// last chunk is missing, so the client sees that the answer is not complete.
struct EventExport: Sendable {
  let queries: any EventQueries
  /// The memory for the pages of all requests.
  let memory: MemoryBudget
  let layout: EventLayout
  /// The longest wait for the memory of a page.
  var wait = Duration.seconds(10)

  /// Pause before memory for the next page is asked for again.
  private static let pause = Duration.milliseconds(50)

  /// Returns a body that begins with `first`.
  /// - Parameter reserved: The reservation for the first page.
  func body(_ first: EventPage, holding reserved: MemoryReservation) -> ResponseBody {
    let beginning = FirstPage(first, memory: reserved)
    return ResponseBody { output in
      var writer = EventWriter(layout)
      writer.begin()
      var next = try await send(beginning, &writer, to: &output)
      while let query = next {
        try Task.checkCancellation()
        let page = try await queries.events(matching: query)
        next = try await send(page, &writer, to: &output, holding: try await reservation(page.byteCount))
      }
      try await output.write(writer.takeBuffer())
      try await output.finish(nil)
    }
  }

  /// Sends the first page, and lets it go.
  private func send(
    _ first: FirstPage, _ writer: inout EventWriter, to output: inout any ResponseBodyWriter
  ) async throws -> EventQuery? {
    guard let (page, reserved) = first.take() else { return nil }
    return try await send(page, &writer, to: &output, holding: reserved)
  }

  /// Sends a page.
  /// - Returns: the query for the next page.
  private func send(
    _ page: EventPage, _ writer: inout EventWriter, to output: inout any ResponseBodyWriter,
    holding reserved: MemoryReservation
  ) async throws -> EventQuery? {
    for event in page.events {
      writer.write(event)
      if writer.byteCount >= EventsPage.pieceBytes { try await output.write(writer.takeBuffer()) }
    }
    // Also an empty piece of a search that goes on, so that a closed connection is noticed.
    try await output.write(writer.takeBuffer())
    withExtendedLifetime(reserved) {}
    return page.next
  }

  /// Waits until there is memory for a page.
  /// - Throws: the problem of a full memory after `wait`.
  private func reservation(_ bytes: Int) async throws -> MemoryReservation {
    let deadline = ContinuousClock.now + wait
    while true {
      do throws(Problem) { return try memory.reservePage(bytes) } catch {
        guard .now < deadline else { throw error }
        try await Task.sleep(for: Self.pause)
      }
    }
  }
}

/// The first page of an export. The body exists until its end, but must not hold this page and its memory so long.
private final class FirstPage: Sendable {
  private let content: Mutex<(page: EventPage, memory: MemoryReservation)?>

  init(_ page: EventPage, memory: MemoryReservation) {
    content = Mutex((page, memory))
  }

  /// Returns the page with its memory, once.
  func take() -> (page: EventPage, memory: MemoryReservation)? {
    content.withLock { content in
      defer { content = nil }
      return content
    }
  }
}
