import HTTPTypes
import Hummingbird

/// `GET /`: an overview of all routes for programs, the dashboard for browsers.
struct RootRoute: Route {
  let path = "/"
  let access = RouteAccess.open
  let summary = "this overview"
  /// The version of the server.
  let version: String
  /// All other routes.
  let endpoints: [any Route]
  private let dashboard = Asset.content(of: "dashboard.html")

  init(version: String, endpoints: [any Route]) {
    self.version = version
    self.endpoints = endpoints
  }

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    switch try request.negotiated([.json, .html]) {
    case .html: dashboard.response(to: request, headers: [.vary: "Accept"])
    default: .json(self, headers: [.vary: "Accept"])
    }
  }
}

extension RootRoute: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("service", "sluice")
      writer.member("version", version)
      writer.member("status", "alive")
      writer.member("endpoints") { writer in
        for route in endpoints {
          writer.member("\(route.method.rawValue) \(route.path)", route.summary)
        }
      }
    }
  }
}
