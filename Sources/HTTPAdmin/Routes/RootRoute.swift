import HTTPTypes
import Hummingbird

/// `GET /`: an overview of all routes for programs. Browsers get the dashboard (`PathPages`).
struct RootRoute: Route {
  let path = "/"
  let access = RouteAccess.open
  let summary = "this overview"
  /// The version of the server.
  let version: String
  /// All other routes.
  let endpoints: [any Route]

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    _ = try request.negotiated([.json])
    return .json(self)
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
