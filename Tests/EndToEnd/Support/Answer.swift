import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The response of an HTTP server.
struct Answer {
  let status: Int
  let body: Data

  var text: String { String(decoding: body, as: UTF8.self) }

  /// Returns the response to a GET of `path` on this machine.
  static func of(port: Int, _ path: String) async throws -> Answer {
    guard let url = URL(string: "http://127.0.0.1:\(port)\(path)") else { throw URLError(.badURL) }
    let (body, response) = try await URLSession.shared.data(from: url)
    return Answer(status: (response as? HTTPURLResponse)?.statusCode ?? 0, body: body)
  }

  /// Decodes the body as JSON.
  func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder.snakeCase.decode(type, from: body)
  }
}

/// The fields of `/stats` that these tests check.
struct Stats: Decodable, Equatable {
  let received: Int
  let uniqueProcessed: Int
  let duplicateDropped: Int
  let dead: Int
}

/// A row of `/events`.
struct ListedEvent: Decodable {
  let topic: String
  let eventId: String
}

/// The response of `/events`.
struct ListedEvents: Decodable {
  let events: [ListedEvent]
  let count: Int
}

extension JSONDecoder {
  /// A decoder of the product's JSON field names.
  static var snakeCase: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }
}
