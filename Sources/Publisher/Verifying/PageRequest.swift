internal import Foundation
internal import SocketIO
internal import TLSTransport

/// A GET of one page of the server's HTTP port, over TLS when the URL says so, with the key of the run.
///
/// It is small because it is for two pages of our own server: HTTP/1.1, one request for each connection, and an answer
/// that ends with the connection.
struct PageRequest: Sendable {
  /// The answer.
  struct Answer: Sendable {
    let status: Int
    let body: Data
  }

  /// The most bytes of an answer.
  static let mostBytes = 64 << 20
  /// The time for everything.
  static let timeout = Duration.seconds(10)

  /// The URL.
  let url: URL
  private let host: String
  private let port: UInt16
  private let access: PageAccess

  /// A request of a path below `base`; nil when that is no URL of HTTP.
  init?(_ path: String, below base: String, _ access: PageAccess) {
    let trimmed = base.hasSuffix("/") ? String(base.dropLast()) : base
    guard URL(string: base)?.host?.isEmpty == false, let url = URL(string: trimmed + path),
      let scheme = url.scheme?.lowercased(),
      ["http", "https"].contains(scheme), let host = url.host, !host.isEmpty,
      let port = UInt16(exactly: url.port ?? (scheme == "https" ? 443 : 80)), url.user == nil
    else { return nil }
    self.url = url
    self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    self.port = port
    self.access = access
  }

  private var isEncrypted: Bool { url.scheme?.lowercased() == "https" }

  /// Sends the request.
  /// - Throws: `PageError` when no answer comes, or when the key would cross a network in clear text.
  func answer() async throws(PageError) -> Answer {
    let context = try await tlsContext()
    let loop = EventLoop(name: "sluice-verify", receiveBufferBytes: 64 << 10)
    let result = await withCheckedContinuation { continuation in
      let exchange = PageExchange(self, context, on: loop) { continuation.resume(returning: $0) }
      let this = LoopBound(handing: exchange, to: loop)
      loop.run { this.value.begin(this) }
    }
    return try result.get()
  }

  /// The context of TLS; nil for a plain request. Reads files on a thread of its own.
  private func tlsContext() async throws(PageError) -> TLSContext? {
    guard isEncrypted else { return nil }
    let settings = access.tls
    let result = await Task.detached { () -> Result<TLSContext, PageError> in
      do throws(TLSContextError) {
        return .success(try TLSContext(settings))
      } catch {
        return .failure(PageError("\(error)"))
      }
    }.value
    return try result.get()
  }

  var endpoint: SocketEndpoint { SocketEndpoint(host: host, port: port) }

  /// Returns the transport of a connection.
  func transport(over socket: StreamSocket, _ context: TLSContext?) -> any ByteTransport {
    guard let context else { return socket }
    return TLSTransport(
      over: socket, TLSEngine(context, serverName: host), handshakes: HandshakePool(width: 1))
  }

  /// Returns the bytes of the request.
  /// - Throws: `PageError` when the key would cross a network in clear text.
  func bytes(over transport: any ByteTransport) throws(PageError) -> [UInt8] {
    var path = url.path.isEmpty ? "/" : url.path
    if let query = url.query { path += "?\(query)" }
    let name = host.contains(":") ? "[\(host)]" : host
    var head =
      "GET \(path) HTTP/1.1\r\nHost: \(name):\(port)\r\nAccept: application/json\r\n"
      + "Connection: close\r\n"
    if let key = access.bearer {
      guard Self.mayCarryKey(isEncrypted: transport.isEncrypted, peer: transport.peer) else {
        throw PageError(
          "the key is not sent over a plain connection to another machine: use https:// in --verify")
      }
      head += "Authorization: Bearer \(key)\r\n"
    }
    return Array("\(head)\r\n".utf8)
  }

  /// Whether a key may be sent over a connection: it is encrypted, or it does not leave this machine.
  static func mayCarryKey(isEncrypted: Bool, peer: SocketAddress?) -> Bool {
    isEncrypted || peer?.isLoopback == true
  }
}
