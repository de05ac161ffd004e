import HTTPTypes
import Hummingbird
import NIOCore
import Principals

/// The paths that clients of Elasticsearch ask for before they send documents. The answers say what the clients want to
/// hear, and nothing is stored.
struct ElasticsearchProbeRoute: Route {
  let path: String
  let method: HTTPRequest.Method
  let access = RouteAccess.role(.publish)
  let summary: String

  /// Creates the routes. Each path has the names of its segments as parameters.
  static func all() -> [any Route] {
    let paths = [
      "/insert/elasticsearch", "/insert/elasticsearch/{index}", "/insert/elasticsearch/{index}/{name}",
      "/insert/elasticsearch/{index}/{name}/{part}",
    ]
    let reading = paths.map { path in
      ElasticsearchProbeRoute(
        path: path, method: .get, summary: "answer what clients of Elasticsearch ask before they send")
    }
    let writing = paths.dropFirst(2).map { path in
      ElasticsearchProbeRoute(
        path: path, method: .put, summary: "acknowledge a template or policy of a client, without effect")
    }
    return reading + writing
  }

  func respond(to request: Request, in context: AdminContext) async throws -> Response {
    let segments = request.uri.path.split(separator: "/").dropFirst(2).map(String.init)
    guard let text = method == .put ? Self.acknowledgement(of: segments) : Self.answer(to: segments) else {
      let problem = Problem.notFound(path: request.uri.path)
      return .bytes(
        Array(#"{"error":"no handler found for this path","status":404}"#.utf8),
        type: ContentType.json.rawValue,
        status: problem.status, headers: .elasticsearch)
    }
    return .bytes(Array(text.utf8), type: ContentType.json.rawValue, headers: .elasticsearch)
  }

  private static func answer(to segments: [String]) -> String? {
    switch (segments.first, segments.dropFirst().first) {
    case (nil, _): description
    case ("_license", nil): license
    case ("_xpack", nil): features
    case ("_cluster", "health"), ("_cat", "health"): health
    case ("_nodes", _):
      #"{"_nodes":{"total":0,"successful":0,"failed":0},"cluster_name":"sluice","nodes":{}}"#
    default: keeps(segments) ? "{}" : nil
    }
  }

  private static func acknowledgement(of segments: [String]) -> String? {
    keeps(segments) ? #"{"acknowledged":true}"# : nil
  }

  /// Whether a path names something that clients set up in Elasticsearch.
  private static func keeps(_ segments: [String]) -> Bool {
    switch segments.count {
    case 2: ["_template", "_index_template", "_component_template"].contains(segments[0])
    case 3:
      segments[0] == "_ilm" && segments[1] == "policy"
        || segments[0] == "_ingest" && segments[1] == "pipeline"
    default: false
    }
  }

  /// The version is that of the protocol, because clients decide by it what they send.
  private static let description =
    #"{"name":"sluice","cluster_name":"sluice","cluster_uuid":"sluice","version":{"number":"8.17.0","#
    + #""build_flavor":"default","build_type":"tar","build_hash":"sluice","build_date":"2026-01-01T00:00:00.000Z","#
    + #""build_snapshot":false,"lucene_version":"9.12.0","minimum_wire_compatibility_version":"7.17.0","#
    + #""minimum_index_compatibility_version":"7.0.0"},"tagline":"You Know, for Search"}"#

  private static let license =
    #"{"license":{"status":"active","uid":"sluice","type":"basic","issued_to":"sluice","issuer":"sluice"}}"#

  private static let features =
    #"{"build":{},"license":{"uid":"sluice","type":"basic","mode":"basic","status":"active"},"features":{}}"#

  private static let health =
    #"{"cluster_name":"sluice","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,"#
    + #""active_primary_shards":0,"active_shards":0,"relocating_shards":0,"initializing_shards":0,"#
    + #""unassigned_shards":0}"#
}
