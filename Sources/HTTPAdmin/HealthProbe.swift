import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks a running daemon how it is: what a container's health check runs.
public struct HealthProbe: Sendable {
  private let host: String
  private let port: Int
  private let patience: TimeAmount

  /// Asks the HTTP side at `host` and `port`, waiting for at most `patience`.
  public init(host: String, port: Int, patience: Duration = .seconds(5)) {
    self.host = host
    self.port = port
    self.patience = TimeAmount(patience)
  }

  /// The status of `GET /health`: 200 when all is well.
  /// - Throws: When nobody answers in time.
  public func ask() async throws -> Int {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(patience)
      .connect(host: host, port: port) { channel in
        channel.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
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
