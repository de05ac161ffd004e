import Hummingbird

/// `GET /docs`: a page that shows what `GET /openapi.json` says, and tries it.
struct DocsRoute: Route {
  let path = "/docs"
  let summary = "this interface, as a page to read and try"
  private let page = Asset.content(of: "docs.html")

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.html])
    return page.response(to: request)
  }
}
