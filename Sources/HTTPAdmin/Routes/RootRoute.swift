import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /`: what this is and where to go on, for programs and for browsers.
struct RootRoute: Route {
  let path = "/"
  let summary = "this overview"
  /// The version of the server, which no other answer's header fields tell.
  let version: String
  /// The other routes.
  let endpoints: [any Route]

  func respond(to request: Request, in context: AdminContext) throws -> Response {
    switch try request.negotiated([.json, .html]) {
    case .html: .content(page, .html, headers: [.vary: "Accept"])
    default: .json(self, headers: [.vary: "Accept"])
    }
  }

  private var page: ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeString(
      """
      <!DOCTYPE html>
      <html lang="en">
      <meta charset="utf-8">
      <title>Sluice</title>
      <h1>Sluice</h1>
      <ul>

      """)
    for route in endpoints where route.method == .get && !route.path.contains("{") {
      buffer.writeString("<li><a href=\"\(route.path)\">\(route.path)</a>: \(route.summary)</li>\n")
    }
    buffer.writeString("</ul>\n</html>\n")
    return buffer
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
