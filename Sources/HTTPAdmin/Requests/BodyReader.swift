import Compression
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
internal import TextFormats

/// Reads the bodies of requests, within a size and a time limit, and expands compressed ones. The memory of all bodies
/// together is limited (`BodyMemory`).
struct BodyReader: Sendable {
  /// Maximum bytes of one body, as it is sent and as it is expanded.
  let limit: Int
  /// Maximum time for a body to arrive.
  private let timeout: Duration
  /// The threads that process large bodies.
  private let readers: ReaderThreads
  private let expander: BodyExpander

  /// - Parameters:
  ///   - limit: Maximum bytes of one body, as it is sent and as it is expanded.
  ///   - timeout: Maximum time for a body to arrive.
  ///   - memory: The memory of all bodies, in which the connections count the bytes that arrive.
  init(limit: Int, timeout: Duration, readers: ReaderThreads, memory: BodyMemory) {
    self.limit = limit
    self.timeout = timeout
    self.readers = readers
    expander = BodyExpander(limit: limit, timeout: timeout, readers: readers, memory: memory)
  }

  /// Reads the whole body, expands it, and passes it to `use`. The body's memory is released when `use` returns.
  /// - Throws: 413, 408 or 503 when a limit is exceeded, 415 and 400 for a body that cannot be expanded, 417 for an
  ///   unknown expectation, and the errors of `use`.
  func withBody<Value: Sendable>(
    of request: Request, in context: AdminContext,
    _ use: @escaping @Sendable (RawSpan) throws(Problem) -> Value
  ) async throws -> Value {
    let coding = try CompressionFormat.coding(of: request.headers)
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    guard announced ?? 0 <= limit else { throw refuse(.bodyTooLarge(limit: limit)) }
    try await Expectation.meet(of: request, in: context)
    let received = try await collect(request.body)
    guard let coding else {
      let result = try await readers.run(on: received, use)
      context.channel.triggerUserOutboundEvent(BodyEvent.isDoneWith, promise: nil)
      return try result.get()
    }
    let share = ExpandedShare(of: expander.memory)
    defer { share.release() }
    let expanded = try await expander.expand(received, coding, counting: share)
    context.channel.triggerUserOutboundEvent(BodyEvent.isDoneWith, promise: nil)
    return try await readers.run(on: expanded, use).get()
  }

  private func collect(_ body: RequestBody) async throws -> ByteBuffer {
    let result = await Deadline.within(timeout) { [limit] in
      do {
        return Result<ByteBuffer, any Error>.success(try await body.collect(upTo: limit))
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw refuse(.bodyTooSlow(limit: timeout)) }
    do {
      return try result.get()
    } catch is NIOTooManyBytesError {
      throw refuse(.bodyTooLarge(limit: limit))
    }
  }

  /// Adds `Connection: close`. Otherwise the rest of the body, of any length, would be read and discarded.
  /// The connection is closed after the answer instead (`ConnectionHandler`).
  private func refuse(_ problem: Problem) -> Problem {
    var problem = problem
    problem.headers[.connection] = "close"
    return problem
  }
}

/// Threads for long computations, so that the threads of Swift concurrency stay free for other requests.
final class ReaderThreads: Sendable {
  /// Maximum size in bytes of bodies that are processed on the calling thread, in less than a millisecond.
  static let smallBytes = 64 << 10

  private let pool: NIOThreadPool

  /// Starts `count` threads, which end with this object. Work waits in order while all are busy.
  init(count: Int = 2) {
    pool = NIOThreadPool(numberOfThreads: count)
    pool.start()
  }

  deinit {
    pool.shutdownGracefully { _ in }
  }

  /// Returns the result of `use` for `body`.
  func run<Value: Sendable>(
    on body: ByteBuffer, _ use: @escaping @Sendable (RawSpan) throws(Problem) -> Value
  ) async throws -> Result<Value, Problem> {
    let work: @Sendable () -> Result<Value, Problem> = {
      Result { () throws(Problem) in try use(body.readableBytesSpan) }
    }
    guard body.readableBytes > Self.smallBytes else { return work() }
    return try await pool.runIfActive(work)
  }

  /// Returns the result of `work`, which runs on one of the threads.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
    try await pool.runIfActive(work)
  }
}
