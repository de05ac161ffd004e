import AdminPages
import Hummingbird

/// `GET /openapi.json`: the requests and answers of all routes, for programs.
struct OpenAPIRoute: Route {
  let path = "/openapi.json"
  let access = RouteAccess.open
  let summary = "the description of this interface in OpenAPI 3.1"
  let document: OpenAPIDocument

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.json])
    return document.content.response(to: request)
  }
}

/// The OpenAPI 3.1 description of this API: `OpenAPI/openapi.json`, with the version filled in.
struct OpenAPIDocument: Sendable {
  /// The JSON text.
  let content: TaggedContent

  /// Creates the document for a server of `version`.
  init(version: String) {
    let template = String(decoding: PackageResources.openapi_json, as: UTF8.self)
    content = TaggedContent(Array(template.replacing("{version}", with: version).utf8), .json)
  }

  /// The entity tag, which differs between versions.
  var tag: EntityTag { content.tag }
}

/// A page for browsers at a path of its own: `GET /docs` and `GET /explore`. It is open to everybody, because it shows
/// nothing before its scripts have sent requests with a key.
struct PageRoute: Route {
  let path: String
  let access = RouteAccess.open
  let summary: String
  private let page: TaggedContent

  private init(path: String, summary: String, page: TaggedContent) {
    self.path = path
    self.summary = summary
    self.page = page
  }

  /// The page that shows `GET /openapi.json` and sends requests.
  static let docs = PageRoute(
    path: "/docs", summary: "this interface as a web page, to read and to try",
    page: Asset.content(of: "docs.html"))
  /// The page that searches events.
  static let explore = PageRoute(
    path: "/explore", summary: "stored events as a web page, to search and to follow",
    page: Asset.content(of: "explore.html"))

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.html])
    return page.response(to: request)
  }
}

/// The pages for browsers at paths that answer programs with JSON: `GET /`, `GET /producers` and `GET /dead`.
///
/// A page is open to everybody. The JSON at the same path keeps the access of its route.
struct PathPages: Sendable {
  /// Pages by path.
  private let pages: [String: TaggedContent]

  /// No page.
  static let none = PathPages(pages: [:])
  /// The pages of the server.
  static let all = PathPages(pages: [
    "/": Asset.content(of: "dashboard.html"), "/producers": Asset.content(of: "producers.html"),
    "/dead": Asset.content(of: "dead.html"),
  ])

  /// Returns whether programs and browsers get different answers at `path`.
  func isShared(_ path: String) -> Bool { pages[path] != nil }

  /// Returns the answer to a browser; nil when the path has no page, or when the client prefers JSON.
  func answer(to request: Request, at path: String) -> Response? {
    guard let page = pages[path], AcceptHeader(request.headers).best(of: [.json, .html]) == .html else {
      return nil
    }
    return page.response(to: request, headers: [.vary: "Accept"])
  }
}

/// `GET /assets/{name}`: the files that the web pages use.
struct AssetRoute: Route {
  let path = "/assets/{name}"
  let access = RouteAccess.open
  let summary = "style sheets, scripts and images of the web pages"
  /// The HTML pages are not assets, because they have routes of their own.
  private let assets = Dictionary(
    uniqueKeysWithValues: Asset.all.filter { $0.content.type != .html }.map { ($0.name, $0.content) })

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    guard let asset = context.parameters.get("name").flatMap({ assets[$0] }) else {
      throw Problem.notFound(path: request.uri.path)
    }
    return asset.response(to: request)
  }
}

/// A file of the web pages that is compiled into the program.
struct Asset: Sendable {
  let name: String
  let content: TaggedContent

  init(_ file: PageFile) {
    guard let type = ContentType(fileName: file.name) else { preconditionFailure("no type for \(file.name)") }
    self.name = file.name
    self.content = TaggedContent(file.bytes, type)
  }
}

extension Asset {
  /// All files.
  static let all = PageFile.all.map(Asset.init)

  /// Returns the content of the file `name`.
  static func content(of name: StaticString) -> TaggedContent {
    guard let asset = all.first(where: { $0.name == "\(name)" }) else {
      preconditionFailure("there is no file \(name)")
    }
    return asset.content
  }
}

extension ContentType {
  /// Creates the type of a file from its extension.
  fileprivate init?(fileName: String) {
    switch fileName.split(separator: ".").last {
    case "html": self = .html
    case "css": self = .css
    case "js": self = .javaScript
    case "svg": self = .svg
    default: return nil
    }
  }
}
