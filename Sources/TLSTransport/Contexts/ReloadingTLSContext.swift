internal import Base
internal import Synchronization

/// The context of a server, made anew when its files change.
///
/// New connections get the newest context; connections that exist keep theirs. Files that cannot be used leave
/// the former context in force.
public final class ReloadingTLSContext: Sendable {
  /// The result of a look at the files.
  public enum Look: Sendable {
    /// The files are as before, or still changing.
    case unchanged
    /// New connections get this context.
    case replaced(TLSContext)
    /// The files cannot be used.
    case rejected(TLSContextError)
  }

  private struct State {
    var context: TLSContext
    /// The files as they were read last.
    var read: [FileStamp?]
    /// The files as they were seen last.
    var seen: [FileStamp?]
  }

  /// The files and the choices about clients.
  public let settings: TLSServerSettings
  private let state: Mutex<State>

  /// Reads the files. Blocks.
  /// - Throws: the first thing that is wrong with the files.
  public init(_ settings: TLSServerSettings) throws(TLSContextError) {
    self.settings = settings
    let stamps = Self.stamps(of: settings)
    state = Mutex(State(context: try TLSContext(settings), read: stamps, seen: stamps))
  }

  /// The context for new connections.
  public var current: TLSContext { state.withLock { $0.context } }

  /// Reads the files again if they changed. Files are read only after they stayed the same for one look, because
  /// certificate and key are written one after the other. Blocks; called by one thread at a time.
  /// - Parameter isForced: whether files are read even if they did not change.
  public func look(isForced: Bool) -> Look {
    let stamps = Self.stamps(of: settings)
    let mustRead = state.withLock { state in
      defer { state.seen = stamps }
      guard isForced || (stamps != state.read && stamps == state.seen) else { return false }
      state.read = stamps
      return true
    }
    guard mustRead else { return .unchanged }
    do {
      let context = try TLSContext(settings)
      state.withLock { $0.context = context }
      return .replaced(context)
    } catch {
      return .rejected(error)
    }
  }

  private static func stamps(of settings: TLSServerSettings) -> [FileStamp?] {
    [settings.certificate, settings.key, settings.clientAuthorities].map { $0.flatMap(FileStamp.init) }
  }
}
