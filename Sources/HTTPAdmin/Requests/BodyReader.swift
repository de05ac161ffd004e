import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import NIOPosix
internal import TextFormats

/// Reads the bodies of requests, within a size and a time limit. The memory of all bodies together is limited
/// by their connections (`BodyMemory`).
struct BodyReader: Sendable {
  /// Maximum bytes of one body.
  let limit: Int
  /// Maximum time for a body to arrive.
  let timeout: Duration
  /// The threads that process large bodies.
  let readers: ReaderThreads

  /// Reads the whole body and passes it to `use`. The body's memory is released when `use` returns.
  /// - Throws: 413, 408 or 503 when a limit is exceeded, and the errors of `use`.
  func withBody<Value: Sendable>(
    of request: Request, in context: AdminContext,
    _ use: @escaping @Sendable (RawSpan) throws(Problem) -> Value
  ) async throws -> Value {
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    guard announced ?? 0 <= limit else { throw refuse(.bodyTooLarge(limit: limit)) }
    if request.headers[.expect]?.lowercased() == "100-continue" {
      try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
    }
    let result = try await readers.run(on: try await collect(request.body), use)
    context.channel.triggerUserOutboundEvent(BodyEvent.isDoneWith, promise: nil)
    return try result.get()
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
}

/// Checks the first bytes of a body for marks of a compression or an encoding, before the body is read as
/// JSON.
enum BodyText {
  /// The first bytes of compressed files.
  private static let compressions: [(name: String, mark: [UInt8])] = [
    ("gzip", [0x1F, 0x8B]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]), ("lz4", [0x04, 0x22, 0x4D, 0x18]),
    ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]), ("bzip2", [0x42, 0x5A, 0x68]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
  ]

  /// Returns the range of the text in `bytes`, without the byte order mark that some programs write before
  /// UTF-8.
  /// - Throws: 415 when the bytes are compressed, or text in UTF-16 or UTF-32.
  static func range(of bytes: RawSpan) throws(Problem) -> Range<Int> {
    for (name, mark) in compressions where begins(bytes, with: mark) { throw .compressedBody(name) }
    if begins(bytes, with: [0xFF, 0xFE]) || begins(bytes, with: [0xFE, 0xFF])
      || begins(bytes, with: [0x00, 0x00, 0xFE, 0xFF])
    {
      throw .unsupportedContentType
    }
    return (begins(bytes, with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)..<bytes.byteCount
  }

  private static func begins(_ bytes: RawSpan, with mark: [UInt8]) -> Bool {
    bytes.byteCount >= mark.count && mark.indices.allSatisfy { JSONScanner.byte($0, bytes) == mark[$0] }
  }
}
