import HTTPTypes
import Hummingbird
import NIOHTTP1

/// Counts every answer by its status.
struct CountedAnswers: RouterMiddleware {
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
      // A body that breaks off or breaks the rules: Hummingbird answers 400 and closes the connection.
      counts.add(HTTPResponse.Status.badRequest.code)
      throw error
    }
  }
}
