import Hummingbird

/// `GET /openapi.json`: what every route takes and answers, for programs.
struct OpenAPIRoute: Route {
  let path = "/openapi.json"
  let summary = "the description of all this in OpenAPI 3.1"
  let document: OpenAPIDocument

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.json])
    return document.content.response(to: request)
  }
}
