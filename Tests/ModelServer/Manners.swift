public import WireProtocol

/// Behaviour of a model server. A test changes it while the server runs.
public struct Manners: Sendable {
  /// Limits that WELCOME advertises. Heartbeat and idle timeout are an hour, so that no test passes by
  /// waiting for them.
  public var limits = ConnectionLimits(
    batch: .standard, event: .standard, span: 4_096, heartbeat: .seconds(3_600), idleTimeout: .seconds(3_600))
  /// First credit, and the most that is ever outstanding.
  public var credit = Credit.standard
  /// Whether batches are accepted, but not committed before this is false again.
  public var holdsCommits = false
  /// Number of batches after which a connection is cut: they are committed, and the client is not told.
  /// Replays do not count, because a client asks for the counts of a listed batch on each connection until it
  /// has them.
  public var cutsAfter: Int?
  /// Error that answers each HELLO; nil to register the producer.
  public var refusal: WireError?
  /// Delay in the ERROR of a refused HELLO.
  public var delay = Duration.zero
  /// Time that GOAWAY announces until the server closes. The server never closes.
  public var closeTimeout = Duration.seconds(5)
  /// Most bytes that are sent at once, so that frames arrive in parts; nil for no limit.
  public var sliceBytes: Int?
  /// Whether the server stops reading from new connections when they are open.
  public var stopsReading = false
  /// Whether ACK accepted is left out.
  public var acceptsSilently = false
  /// The refusal of a batch, also of an accepted batch when it would be committed; nil to take the batch.
  public var batchRefusal: (@Sendable (_ sequence: UInt64) -> WireError?)?
  /// Whether the keys of all events that arrive are noted.
  public var notesKeys = false
  /// Whether batches are discarded and acknowledged as committed with unknown counts, for measurements.
  public var isNull = false
  /// Bytes that answer the first bytes of a client before the server closes, like a server of another
  /// protocol.
  public var strangeAnswer: [UInt8]?

  /// A server that follows the protocol.
  public init() {}
}
