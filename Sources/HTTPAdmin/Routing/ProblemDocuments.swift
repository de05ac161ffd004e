import HTTPTypes
import Hummingbird
import Ingest
import Logging
import NIOCore
import NIOHTTP1

/// Turns whatever a route throws into a problem document (RFC 9457).
struct ProblemDocuments: RouterMiddleware {
  typealias Context = AdminContext

  /// Any other method gets 501 (RFC 9110, section 15.6.2), whatever the path.
  let knownMethods: [HTTPRequest.Method]

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    let problem: Problem
    do {
      guard knownMethods.contains(request.method) else { throw Problem.unknownMethod }
      return try await next(request, context)
    } catch let error as HTTPParserError {
      // The connection is beyond repair; Hummingbird answers 400 and closes it.
      throw error
    } catch {
      problem = Self.problem(for: error, path: request.uri.path)
      log(error, as: problem, of: request, to: context.logger)
    }
    let response = problem.response()
    return request.method == .head ? response.withoutBody : response
  }

  private static func problem(for error: any Error, path: String) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as QueryError: .store(error)
    case let error as HTTPError where error.status == .notFound: .notFound(path: path)
    case let error as any HTTPResponseError:
      Problem(status: error.status, kind: nil, detail: "\(error.status.reasonPhrase).")
    default: .internalFailure
    }
  }

  private func log(_ error: any Error, as problem: Problem, of request: Request, to logger: Logger) {
    logger.log(
      level: problem.status == .internalServerError ? .error : .debug, "request failed",
      metadata: [
        "http.method": "\(request.method)", "http.path": "\(request.uri.path)",
        "http.status": "\(problem.status.code)", "error.message": "\(error)",
      ])
  }
}
