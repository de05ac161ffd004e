import HTTPTypes
import Hummingbird

/// `GET /openapi.json`: what every route takes and answers, for programs.
struct OpenAPIRoute: Route {
  let path = "/openapi.json"
  let summary = "the description of all this in OpenAPI 3.1"
  let document: OpenAPIDocument

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.json])
    // It only changes with the version: to be kept, and asked about each time.
    let headers: HTTPFields = [.eTag: document.tag.fieldValue, .cacheControl: "no-cache"]
    guard !document.tag.isKnown(to: request.headers) else {
      return Response(status: .notModified, headers: headers)
    }
    return .content(document.text, .json, headers: headers)
  }
}
