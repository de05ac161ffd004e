import AsyncHTTPClient
import Base
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends requests to the HTTP port of a server.
struct ServerClient: Sendable {
  /// The server, for messages.
  let settings: ServerSettings
  private let client: HTTPClient

  /// The most bytes of an answer that is read whole. A page of events ends at `http.page.bytes` already.
  private static let mostBytes = 256 << 20

  /// Calls `body` with a client, and closes its connections afterwards.
  /// - Parameter quiet: The longest pause within an answer that the server fills with signs of life.
  static func run<Result: Sendable>(
    _ settings: ServerSettings, quiet: Duration = .zero, _ body: (ServerClient) async throws -> Result
  ) async throws -> Result {
    let client = HTTPClient(
      eventLoopGroupProvider: .singleton, configuration: try configuration(settings, quiet))
    do {
      let result = try await body(ServerClient(settings: settings, client: client))
      // The work is done: an error of the last close changes nothing.
      try? await client.shutdown()
      return result
    } catch {
      try? await client.shutdown()
      throw error
    }
  }

  private static func configuration(
    _ settings: ServerSettings, _ quiet: Duration
  ) throws(CommandFailure) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.timeout = .init(
      connect: TimeAmount(settings.timeout), read: TimeAmount(settings.timeout + quiet))
    // A redirect could lead the key to another server.
    configuration.redirectConfiguration = .disallow
    // A refused connection is told at once instead of being tried again until the timeout.
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let file = settings.authorities {
      try checkReadable(file, "--tls-ca")
      tls.trustRoots = .file(file)
    }
    if let certificate = settings.certificate, let key = settings.certificateKey {
      do {
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
      } catch {
        throw CommandFailure(
          .usage, "the certificate \(certificate) and its key \(key) cannot be used: both must be PEM files")
      }
    }
    configuration.tlsConfiguration = tls
    return configuration
  }

  private static func checkReadable(_ file: String, _ option: String) throws(CommandFailure) {
    guard FileManager.default.isReadableFile(atPath: file) else {
      throw CommandFailure(.usage, "\(option): \(file) cannot be read; check its path and its permissions")
    }
  }

  /// Sends a request and reads the whole answer.
  /// - Parameter body: JSON; nil for a request without a body.
  /// - Returns: The answer, also of a status above 299.
  /// - Throws: A failure with the status `unreachable` when no whole answer comes.
  func answer(
    to target: RequestTarget, _ method: HTTPMethod = .GET, body: String? = nil
  ) async throws(CommandFailure) -> ServerAnswer {
    do {
      var request = self.request(target, method, accepting: "application/json")
      if let body {
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
      }
      let response = try await client.execute(request, timeout: TimeAmount(settings.timeout))
      return ServerAnswer(
        status: Int(response.status.code),
        body: Array(try await response.body.collect(upTo: Self.mostBytes).readableBytesView))
    } catch {
      throw CommandFailure(transport: error, settings)
    }
  }

  /// Sends a request for a stream, and calls `take` with each piece of the answer as it comes.
  /// - Parameters:
  ///   - lastEventID: The position to go on after; nil for the present.
  ///   - connected: Called once when the stream begins.
  ///   - take: Returns whether more pieces are wanted.
  /// - Throws: The failures of `take`; one of `ServerAnswer.failure` when the answer is no stream; a failure with the
  ///   status `unreachable` when the connection fails or ends.
  func stream(
    _ target: RequestTarget, after lastEventID: String?, connected: () -> Void,
    _ take: ([UInt8]) throws(CommandFailure) -> Bool
  ) async throws(CommandFailure) {
    do {
      var request = self.request(target, .GET, accepting: "text/event-stream")
      if let lastEventID { request.headers.add(name: "Last-Event-ID", value: lastEventID) }
      let response = try await client.execute(request, timeout: TimeAmount(settings.timeout))
      guard response.status == .ok else {
        let body = try await response.body.collect(upTo: Self.mostBytes)
        throw ServerAnswer(status: Int(response.status.code), body: Array(body.readableBytesView))
          .failure(of: settings)
      }
      connected()
      for try await piece in response.body {
        guard try take(Array(piece.readableBytesView)) else { return }
      }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure(transport: error, settings)
    }
    throw CommandFailure(.unreachable, "\(settings.address) ended the connection")
  }

  private func request(
    _ target: RequestTarget, _ method: HTTPMethod, accepting type: String
  ) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: settings.address.description + target.text)
    request.method = method
    request.headers.add(name: "Accept", value: type)
    request.headers.add(name: "User-Agent", value: "sluice/\(ProgramVersion.current)")
    if let key = settings.key { request.headers.add(name: "Authorization", value: "Bearer \(key)") }
    return request
  }
}
