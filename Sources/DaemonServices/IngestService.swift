public import ServiceLifecycle
public import TCPIngest

/// Producers' connections, until shutdown: then what was accepted is committed and answered.
///
/// Stopped before `StorageService`, which commits meanwhile.
public struct IngestService: Service {
  private let server: IngestServer
  private let drain: Duration

  /// Serves with `server`; its connections have `drain` to end.
  public init(server: IngestServer, drain: Duration) {
    self.server = server
    self.drain = drain
  }

  /// Returns when the last connection is closed.
  public func run() async {
    server.start()
    await Shutdown.requested()
    _ = await server.drain(within: drain)
  }
}
