/// The requests of a connection whose answers are not complete, in the order of their answers. Pure.
struct OpenRequests {
  private struct Request {
    let isHead: Bool
    /// Bytes of the body that are in memory.
    var bodyBytes = 0
  }

  private var requests: [Request] = []
  /// Whether the body of the newest request is still arriving.
  private(set) var isReceiving = false
  /// Whether the newest request is answered although its body is still arriving; its further bytes are
  /// discarded.
  private(set) var isAnsweredEarly = false

  /// Whether all answers are complete.
  var isEmpty: Bool { requests.isEmpty }
  /// Number of requests without a complete answer.
  var count: Int { requests.count }
  /// Whether the oldest request is a HEAD request, whose answer has no body.
  var isOldestHead: Bool { requests.first?.isHead == true }
  /// Whether a route waits for the body of the newest request.
  var isBodyAwaited: Bool { isReceiving && !isAnsweredEarly }

  /// Adds a request whose header is complete.
  mutating func begin(isHead: Bool) {
    requests.append(Request(isHead: isHead))
    isReceiving = true
    isAnsweredEarly = false
  }

  /// Adds bytes to the body of the newest request.
  /// - Returns: false when nobody keeps the bytes, because the request is answered already.
  mutating func addBody(_ bytes: Int) -> Bool {
    guard isBodyAwaited, !requests.isEmpty else { return false }
    requests[requests.count - 1].bodyBytes += bytes
    return true
  }

  /// Ends the body of the newest request.
  mutating func completeBody() {
    isReceiving = false
  }

  /// Returns the bytes of the oldest request's body, which is no longer in memory.
  mutating func releaseBody() -> Int {
    guard !requests.isEmpty else { return 0 }
    defer { requests[0].bodyBytes = 0 }
    return requests[0].bodyBytes
  }

  /// Removes the oldest request, because its answer is complete.
  /// - Returns: the bytes of its body that were still in memory; nil without a request.
  mutating func answer() -> Int? {
    guard !requests.isEmpty else { return nil }
    let bytes = requests.removeFirst().bodyBytes
    assert(bytes >= 0, "a body has no negative size")
    if requests.isEmpty, isReceiving { isAnsweredEarly = true }
    return bytes
  }
}
