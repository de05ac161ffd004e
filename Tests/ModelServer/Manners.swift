public import WireProtocol

/// How a model server behaves; a test changes it while the server runs.
public struct Manners: Sendable {
  /// What WELCOME advertises. Nobody is silent for too long, so that no test passes by waiting for that.
  public var limits = ConnectionLimits(
    batch: .standard, event: .standard, span: 4_096, heartbeat: .seconds(3_600), silence: .seconds(3_600))
  /// The first credit, and the most that is ever outstanding.
  public var credit = Credit.standard
  /// Batches are accepted, but not committed before this is false again.
  public var holdsCommits = false
  /// After so many batches of one connection it is cut. They are committed, but nobody is told.
  public var cutsAfter: Int?
  /// Answers a HELLO with this error.
  public var refusal: WireError?
  /// How long the refused one is asked to wait.
  public var delay = Duration.zero
  /// How long after a goodbye it says that it closes. It never does.
  public var farewell = Duration.seconds(5)
  /// Sends at most so many bytes at once, so that frames arrive in parts.
  public var sliceBytes: Int?
  /// Does not read from new connections once they are open.
  public var stopsReading = false
  /// Says nothing when it accepts a batch, only when it is committed.
  public var acceptsSilently = false
  /// Refuses single batches, also ones that it accepted, when they would be committed.
  public var batchRefusal: (@Sendable (_ sequence: UInt64) -> WireError?)?
  /// Notes the keys of everything that arrives.
  public var notesKeys = false
  /// Throws batches away and says that they are committed, with unknown counts: for measurements.
  public var isNull = false
  /// Answers the first bytes with these and closes, like a server of another kind.
  public var strangeAnswer: [UInt8]?

  /// A polite server.
  public init() {}
}
