import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a running daemon for its health, for the health check of a container.
public struct HealthProbe: Sendable {
  private let host: String
  private let port: Int
  private let timeout: TimeAmount

  /// Creates a probe of the HTTP server at `host` and `port`. It waits for `timeout` at most.
  public init(host: String, port: Int, timeout: Duration = .seconds(5)) {
    self.host = host
    self.port = port
    self.timeout = TimeAmount(timeout)
  }

  /// Returns the status of `GET /health`: 200 when the daemon is healthy.
  /// - Throws: an error when no answer arrives in time.
  public func ask() async throws -> Int {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(timeout)
      .connect(host: host, port: port) { channel in
        channel.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
        return channel.eventLoop.makeCompletedFuture {
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
}
