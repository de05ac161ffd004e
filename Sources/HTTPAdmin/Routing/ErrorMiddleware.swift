import HTTPTypes
import Hummingbird
import Ingest
import Logging
import NIOCore
import NIOHTTP1
internal import StoreInterface

/// Turns the errors of routes into problem documents (RFC 9457).
struct ErrorMiddleware: RouterMiddleware {
  typealias Context = AdminContext

  /// The methods of HTTP. Any other method is answered with 501 on every path (RFC 9110, section 15.6.2).
  let knownMethods: [HTTPRequest.Method]

  func handle(
    _ request: Request, context: AdminContext, next: (Request, AdminContext) async throws -> Response
  ) async throws -> Response {
    let problem: Problem
    do {
      guard knownMethods.contains(request.method) else { throw Problem.unknownMethod }
      return try await next(request, context)
    } catch let error as HTTPParserError {
      // The connection cannot continue; Hummingbird answers 400 and closes it.
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
        "http.method": "\(PeerText.printable(request.method.rawValue))",
        "http.path": "\(PeerText.printable(request.uri.path))",
        "http.status": "\(problem.status.code)", "error.message": "\(PeerText.printable("\(error)"))",
      ])
  }
}
