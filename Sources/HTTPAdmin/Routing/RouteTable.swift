import HTTPTypes
import Hummingbird
import Principals

/// All routes as one responder.
///
/// Hummingbird's router answers a wrong method with 404. Therefore every path gets a handler for every
/// method: the route's own; HEAD for each GET; OPTIONS; and 405 with `Allow` for the others.
struct RouteTable {
  /// All routes.
  let routes: [any Route]

  private let origins: Set<String>
  private let answers: AnswerCounts
  private let gatekeeper: Gatekeeper?
  private let log: SecurityLog?
  private let isEncrypted: Bool
  private let pages: PathPages

  /// - Parameters:
  ///   - origins: The origins whose pages may read answers in a browser.
  ///   - answers: Counts the answers.
  ///   - gatekeeper: Decides who may use a route; nil lets everybody use all routes.
  ///   - log: The log of refusals; nil for none.
  ///   - isEncrypted: Whether the server speaks TLS itself.
  ///   - pages: The pages for browsers at paths of routes.
  init(
    _ routes: [any Route], origins: Set<String> = [], answers: AnswerCounts = AnswerCounts(),
    gatekeeper: Gatekeeper? = nil, log: SecurityLog? = nil, isEncrypted: Bool = false,
    pages: PathPages = .none
  ) {
    self.isEncrypted = isEncrypted
    self.pages = pages
    self.gatekeeper = gatekeeper
    self.log = log
    self.routes = routes
    self.origins = origins
    self.answers = answers
  }

  /// The methods of HTTP (RFC 9110, section 9; PATCH: RFC 5789; QUERY: a draft of the HTTP working group)
  /// except CONNECT, which is for proxies and has no path.
  private static let methods: [HTTPRequest.Method] =
    [.get, .head, .post, .put, .delete, .patch, .options, .trace]
    + [HTTPRequest.Method("QUERY")].compactMap(\.self)

  /// Creates the responder of all routes and middlewares.
  func makeResponder() -> some HTTPResponder<AdminContext> {
    let router = Router(context: AdminContext.self)
    router.add(middleware: ResponseCountMiddleware(counts: answers))
    router.add(middleware: SecurityHeadersMiddleware())
    router.add(middleware: CrossOrigin(origins: origins))
    router.add(middleware: ErrorMiddleware(knownMethods: Self.methods))
    router.add(
      middleware: SiteCheck(origins: PageOrigins(others: origins, isEncrypted: isEncrypted), log: log))
    for (path, routes) in Dictionary(grouping: routes, by: \.path) {
      add(routes, at: path, to: router)
    }
    return router.buildResponder()
  }

  private func add(_ routes: [any Route], at path: String, to router: Router<AdminContext>) {
    var handlers: [HTTPRequest.Method: CallbackResponder<AdminContext>] = [:]
    for route in routes {
      assert(handlers[route.method] == nil, "two routes for \(route.method) \(path)")
      handlers[route.method] = handler(of: route)
    }
    handlers[.head] = handlers[.head] ?? handlers[.get].map(Self.head)
    let allow = Self.methods.filter { handlers[$0] != nil || $0 == .options }.map(\.rawValue).joined(
      separator: ", ")
    handlers[.options] = CallbackResponder { _, _ in
      Response(status: .noContent, headers: [.allow: allow])
    }
    for method in Self.methods {
      let refusal = CallbackResponder<AdminContext> { _, _ in
        throw Problem.methodNotAllowed(method, allow: allow)
      }
      router.on(RouterPath(path), method: method, responder: handlers[method] ?? refusal)
    }
  }

  /// Returns the handler that admits a request and lets the route answer it. A browser gets the page of the path.
  private func handler(of route: any Route) -> CallbackResponder<AdminContext> {
    let pages = route.method == .get && pages.isShared(route.path) ? pages : .none
    return CallbackResponder { [gatekeeper] request, context in
      if let page = pages.answer(to: request, at: route.path) { return page }
      var response = try await Self.answer(of: route, to: request, in: context, gatekeeper)
      if pages.isShared(route.path) { response.headers[.vary] = "Accept" }
      return response
    }
  }

  private static func answer(
    of route: any Route, to request: Request, in context: AdminContext, _ gatekeeper: Gatekeeper?
  ) async throws -> Response {
    guard let gatekeeper else { return try await route.respond(to: request, in: context) }
    var context = context
    context.login = try gatekeeper.admit(request, to: route.access, in: context)
    let response = try await route.respond(to: request, in: context)
    return gatekeeper.guarded(response, by: context.login, in: context)
  }

  /// Returns the answer to GET without its body (RFC 9110, section 9.3.2).
  private static func head(_ get: CallbackResponder<AdminContext>) -> CallbackResponder<AdminContext> {
    CallbackResponder { request, context in
      try await get.respond(to: request, context: context).withoutBody
    }
  }
}
