import HTTPTypes
import Hummingbird

/// All routes, as one responder.
///
/// Hummingbird's router answers a wrong method with 404. So every path gets a handler for every
/// method: the route's own, HEAD where there is GET, OPTIONS, and 405 with Allow for the rest.
struct RouteTable {
  private let routes: [any Route]

  private let origins: Set<String>
  private let answers: AnswerCounts

  /// - Parameters:
  ///   - origins: the origins whose pages may read answers in a browser.
  ///   - answers: told of every answer.
  init(_ routes: [any Route], origins: Set<String> = [], answers: AnswerCounts = AnswerCounts()) {
    self.routes = routes
    self.origins = origins
    self.answers = answers
  }

  /// The methods of HTTP (RFC 9110, section 9; PATCH is RFC 5789, QUERY a draft of its working group).
  /// CONNECT is for proxies: it has no path.
  private static let methods: [HTTPRequest.Method] =
    [.get, .head, .post, .put, .delete, .patch, .options, .trace]
    + [HTTPRequest.Method("QUERY")].compactMap(\.self)

  /// Builds the responder, with what is common to all answers around the routes.
  func makeResponder() -> some HTTPResponder<AdminContext> {
    let router = Router(context: AdminContext.self)
    router.add(middleware: CountedAnswers(counts: answers))
    router.add(middleware: CommonFields())
    router.add(middleware: CrossOrigin(origins: origins))
    router.add(middleware: ProblemDocuments(knownMethods: Self.methods))
    for (path, routes) in Dictionary(grouping: routes, by: \.path) {
      add(routes, at: path, to: router)
    }
    return router.buildResponder()
  }

  private func add(_ routes: [any Route], at path: String, to router: Router<AdminContext>) {
    var handlers: [HTTPRequest.Method: CallbackResponder<AdminContext>] = [:]
    for route in routes {
      assert(handlers[route.method] == nil, "two routes for \(route.method) \(path)")
      handlers[route.method] = CallbackResponder { request, context in
        try await route.respond(to: request, in: context)
      }
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

  /// GET without the body (RFC 9110, section 9.3.2).
  private static func head(_ get: CallbackResponder<AdminContext>) -> CallbackResponder<AdminContext> {
    CallbackResponder { request, context in
      try await get.respond(to: request, context: context).withoutBody
    }
  }
}
