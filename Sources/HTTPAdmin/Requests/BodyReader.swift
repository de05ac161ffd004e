import HTTPTypes
import Hummingbird
import Ingest
import NIOCore
import NIOHTTPTypes

/// Reads the bodies of requests, within bounds of bytes each, of bytes together and of time.
struct BodyReader: Sendable {
  /// The most bytes of one body.
  let limit: Int
  /// How long it may take to arrive.
  let patience: Duration
  /// What all bodies may take together.
  let memory: MemoryBudget

  /// Reads the whole body and gives it to `use`; its memory is free again when that returns.
  /// - Throws: 413, 408 or 503 when a bound is passed, and what `use` throws.
  func withBody<Value>(
    of request: Request, in context: AdminContext, _ use: (RawSpan) throws(Problem) -> Value
  ) async throws -> Value {
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    guard announced ?? 0 <= limit else { throw refuse(.bodyTooLarge(limit: limit), context) }
    // Chunks announce nothing. What `use` makes of the body is not counted: it does not wait for
    // anything, so that there are never more of these than threads.
    let reserved = announced ?? limit
    guard memory.reserve(reserved) else { throw Problem.queueFull }
    defer { memory.release(reserved) }
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }
    let body = try await collect(request.body, context)
    return try use(body.readableBytesSpan)
  }

  private func collect(_ body: RequestBody, _ context: AdminContext) async throws -> ByteBuffer {
    let result = await Deadline.within(patience) { [limit] in
      do {
        return Result<ByteBuffer, any Error>.success(try await body.collect(upTo: limit))
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw refuse(.bodyTooSlow(limit: patience), context) }
    do {
      return try result.get()
    } catch is NIOTooManyBytesError {
      throw refuse(.bodyTooLarge(limit: limit), context)
    }
  }

  /// What is left of the body would still be read and dropped, without an end. The connection is
  /// closed instead, but a little later: closing with unread bytes loses the answer that is under way.
  private func refuse(_ problem: Problem, _ context: AdminContext) -> Problem {
    let channel = context.channel
    channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    var problem = problem
    problem.headers[.connection] = "close"
    return problem
  }
}
