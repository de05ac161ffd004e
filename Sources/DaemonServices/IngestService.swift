public import ServiceLifecycle
public import TCPIngest

/// The service of producers' connections. At shutdown it waits until the accepted batches are committed and
/// acknowledged.
///
/// It is stopped before `StorageService`, which commits the batches meanwhile.
public struct IngestService: Service {
  private let server: IngestServer
  private let drain: Duration

  /// A service with `server`, whose connections have `drain` to end.
  public init(server: IngestServer, drain: Duration) {
    self.server = server
    self.drain = drain
  }

  /// Serves until shutdown. Returns when the last connection is closed.
  public func run() async {
    server.start()
    await Shutdown.requested()
    _ = await server.drain(within: drain)
  }
}
