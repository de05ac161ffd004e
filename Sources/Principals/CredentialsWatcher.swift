internal import Base
internal import Glibc
internal import Synchronization

/// Keeps a directory of principals up to date with its file, and ends keys that reach their end.
public final class CredentialsWatcher: Sendable {
  /// The pause between two looks at the file.
  public static let interval = Duration.seconds(1)

  /// The principals of the file.
  public let directory: PrincipalDirectory

  /// The log of refusals and of reloads.
  public let log: SecurityLog

  private let file: CredentialsFile
  private let lastStamp: Mutex<FileStamp?>
  private let isReloadRequested = Atomic<Bool>(false)
  private let stopSignal = StopSignal()

  /// Reads the file for the first time. Blocks.
  ///
  /// - Throws: `CredentialsError` when the file cannot be used.
  public init(_ file: CredentialsFile, log: SecurityLog) throws(CredentialsError) {
    self.file = file
    self.log = log
    lastStamp = Mutex(FileStamp(file.path))
    let contents = try file.read()
    directory = PrincipalDirectory(contents.credentials, at: Self.now)
    log.loaded(contents.credentials, generation: 1, changed: [], warning: contents.warning)
  }

  /// The present in seconds since 1970.
  package static var now: Int64 { Int64(time(nil)) }

  /// Starts a thread that looks at the file about once a second, until `stop`.
  public func start() {
    _ = WorkerThread(name: "sluice-creds") { [self] in
      while !stopSignal.isSet {
        look(at: Self.now)
        stopSignal.pause(for: Self.interval)
      }
    }
  }

  /// Ends the thread.
  public func stop() { stopSignal.set() }

  /// Makes the next look read the file even when it seems unchanged (SIGHUP).
  public func requestReload() { isReloadRequested.store(true, ordering: .releasing) }

  /// Reads the file again when it changed or a reload was requested. A file that cannot be used leaves the
  /// former credentials in force.
  package func look(at now: Int64) {
    directory.expireKeys(at: now)
    let isRequested = isReloadRequested.exchange(false, ordering: .acquiringAndReleasing)
    let stamp = FileStamp(file.path)
    let isChanged = lastStamp.withLock { last in
      defer { last = stamp }
      return last != stamp
    }
    guard isChanged || isRequested else { return }
    do {
      let contents = try file.read()
      let changed = directory.replace(with: contents.credentials, at: now)
      log.loaded(
        contents.credentials, generation: directory.generation, changed: changed, warning: contents.warning)
    } catch {
      log.rejected(error)
    }
  }
}
