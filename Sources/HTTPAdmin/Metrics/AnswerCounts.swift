import HTTPTypes
import Hummingbird
import NIOHTTP1
import Synchronization

/// Numbers of answers of the HTTP server since the process started, by status. Refused requests, and input
/// that is no request, are included.
final class AnswerCounts: Sendable {
  /// The statuses that are counted each for itself; all others are counted together.
  static let statuses = [
    200, 202, 204, 304, 400, 404, 405, 406, 408, 410, 413, 415, 422, 431, 500, 501, 503,
  ]

  private let counts = Mutex<[Int: Int]>([:])

  /// Counts one answer.
  func add(_ status: Int) {
    counts.withLock { $0[status, default: 0] += 1 }
  }

  /// Returns the counts by status.
  func snapshot() -> [Int: Int] { counts.withLock { $0 } }
}

/// Counts the answers by status.
struct ResponseCountMiddleware: RouterMiddleware {
  typealias Context = AdminContext

  let counts: AnswerCounts

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    do {
      let response = try await next(request, context)
      counts.add(response.status.code)
      return response
    } catch let error as HTTPParserError {
      // A body that ends early or is malformed: Hummingbird answers 400 and closes the connection.
      counts.add(HTTPResponse.Status.badRequest.code)
      throw error
    }
  }
}
