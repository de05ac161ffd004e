/// The pages of a list, one request each. Each page but the last names the position of the next one.
struct ServerPages {
  /// One page.
  struct Page {
    /// The whole answer.
    let answer: JSONValue
    /// The rows of the page, at most up to the limit.
    let rows: [JSONValue]
    /// Whether no page follows.
    let isLast: Bool
  }

  /// The most rows that the server gives in one page (`spec/http-api.md`).
  static let mostRows = 1_000

  private let target: RequestTarget
  private let member: String
  private let limit: Int?
  private var cursor: String?
  private var isAtEnd = false
  /// The number of rows so far.
  private(set) var count = 0

  /// - Parameters:
  ///   - member: The member of an answer with the rows.
  ///   - limit: The most rows; nil for all.
  init(_ target: RequestTarget, member: String, limit: Int?) {
    self.target = target
    self.member = member
    self.limit = limit
  }

  /// Returns the next page; nil after the last one.
  /// - Throws: The failure of the request.
  mutating func next(from server: ServerClient) async throws(CommandFailure) -> Page? {
    guard let request = nextRequest() else { return nil }
    return take(try await server.json(request))
  }

  /// Returns the request of the next page; nil after the last one.
  func nextRequest() -> RequestTarget? {
    guard !isAtEnd else { return nil }
    let rest = limit.map { min($0 - count, Self.mostRows) } ?? Self.mostRows
    return target.adding("limit", "\(rest)").adding("cursor", cursor)
  }

  /// Takes the answer to `nextRequest`.
  mutating func take(_ answer: JSONValue) -> Page {
    let rows = (answer[member]?.elements ?? []).prefix(limit.map { $0 - count } ?? .max)
    count += rows.count
    cursor = answer["next_cursor"]?.text
    isAtEnd = cursor == nil || limit.map { count >= $0 } ?? false
    return Page(answer: answer, rows: Array(rows), isLast: isAtEnd)
  }
}

extension ServerClient {
  /// Returns the answer to GET as JSON.
  /// - Throws: The failure of the request.
  func json(_ target: RequestTarget) async throws(CommandFailure) -> JSONValue {
    try await answer(to: target).json(from: settings)
  }
}
