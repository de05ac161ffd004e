public import Principals
public import ServiceLifecycle
internal import UnixSignals

/// The service that keeps the principals up to date: it looks at the credentials file about once a second, and
/// reads it again on SIGHUP.
public struct CredentialsService: Service {
  private let watcher: CredentialsWatcher

  /// A service of `watcher`, which has read its file.
  public init(_ watcher: CredentialsWatcher) {
    self.watcher = watcher
  }

  /// Watches until shutdown.
  public func run() async {
    watcher.start()
    let signals = await UnixSignalsSequence(trapping: .sighup)
    let requests = Task { for await _ in signals { watcher.requestReload() } }
    await Shutdown.requested()
    requests.cancel()
    watcher.stop()
  }
}
