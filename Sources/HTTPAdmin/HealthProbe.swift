import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Asks a running daemon for its health, for the health check of a container.
public struct HealthProbe: Sendable {
  private let host: String
  private let port: Int
  private let encryption: HTTPEncryption.Settings?
  private let timeout: TimeAmount

  /// Creates a probe of the HTTP server at `host` and `port`. It waits for `timeout` at most.
  /// - Parameter encryption: The settings of the server's TLS; nil when it speaks none.
  public init(
    host: String, port: Int, encryption: HTTPEncryption.Settings? = nil, timeout: Duration = .seconds(5)
  ) {
    self.host = host
    self.port = port
    self.encryption = encryption
    self.timeout = TimeAmount(timeout)
  }

  /// Returns the status of `GET /health`: 200 when the daemon is healthy.
  /// - Throws: an error when no answer arrives in time.
  public func ask() async throws -> Int {
    let context = try encryption.map { try Self.context(for: $0) }
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(timeout)
      .connect(host: host, port: port) { channel in
        channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        return channel.eventLoop.makeCompletedFuture {
          if let context {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: context, serverHostname: nil))
          }
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
            wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      let headers: HTTPHeaders = ["host": host, "accept": "application/json", "connection": "close"]
      let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/health", headers: headers)
      try await outbound.write(.head(head))
      try await outbound.write(.end(nil))
      for try await case .head(let answer) in inbound { return Int(answer.status.code) }
      throw ChannelError.eof
    }
  }

  /// The context of a client that presents the server's own certificate, because the server may require one. The
  /// server's certificate is not checked: it need not have the address of the probe as a name, the probe sends no
  /// secret, and a server whose new certificate cannot be used is healthy with the former one.
  private static func context(for encryption: HTTPEncryption.Settings) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .none
    if encryption.requiresClientCertificate {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(encryption.certificate).map {
        .certificate($0)
      }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: encryption.key, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}
