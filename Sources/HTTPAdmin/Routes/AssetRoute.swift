import Hummingbird

/// `GET /assets/{name}`: what the pages for browsers are made of.
struct AssetRoute: Route {
  let path = "/assets/{name}"
  let summary = "style, code and pictures of the pages for browsers"
  /// The pages themselves have addresses of their own.
  private let assets = Dictionary(
    uniqueKeysWithValues: Asset.all.filter { $0.content.type != .html }.map { ($0.name, $0.content) })

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    guard let asset = context.parameters.get("name").flatMap({ assets[$0] }) else {
      throw Problem.notFound(path: request.uri.path)
    }
    return asset.response(to: request)
  }
}
