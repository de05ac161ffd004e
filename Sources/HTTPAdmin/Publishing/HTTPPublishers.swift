import HTTPTypes
import Hummingbird
import Ingest
import Principals
import Synchronization
internal import TextFormats
import WireProtocol

/// A sender of publishing requests, as `/producers` shows it.
struct HTTPPublisher: Hashable {
  /// The source of the name. Only principals are proved; the others are what the client says of itself.
  enum Source: String {
    case principal
    /// The header field `Sluice-Producer`.
    case header = "Sluice-Producer"
    /// The header field `User-Agent`.
    case userAgent = "User-Agent"
    /// The request has no name.
    case none
    /// All publishers beyond `HTTPPublishers.capacity`.
    case others
  }

  /// The source of the name.
  let source: Source
  /// The name, made safe to show; "" without one.
  let name: String

  /// The sender of `request`: its principal, else what it calls itself.
  init(of request: Request, in context: AdminContext) {
    let named = Self.producerField.flatMap { request.headers[$0] } ?? ""
    let agent = request.headers[.userAgent] ?? ""
    if let login = context.login {
      self.init(.principal, login.principal.name)
    } else if !named.isEmpty {
      self.init(.header, named)
    } else if !agent.isEmpty {
      self.init(.userAgent, agent)
    } else {
      self.init(.none, "")
    }
  }

  init(_ source: Source, _ name: String) {
    self.source = source
    self.name = PeerText.printable(name)
  }

  private static let producerField = HTTPField.Name("Sluice-Producer")
}

/// The figures of one publisher since the start of this process.
struct HTTPPublisherFigures: Hashable {
  /// Requests whose events were accepted.
  var requests = 0
  /// Events of these requests, except those of repeated requests.
  var received = 0
  /// Events stored.
  var unique = 0
  /// Events whose key was already stored.
  var duplicate = 0
  /// Events that cannot be stored.
  var dead = 0
  /// The time of the last request in microseconds since 1970.
  var lastAt: Int64 = 0
}

/// The publishers over HTTP and their figures, at most `capacity`, and all further ones together.
final class HTTPPublishers: Sendable {
  /// Maximum number of publishers with figures of their own. A name has at most some 2 KiB, so they take at most
  /// half a MiB.
  static let capacity = 256

  /// A publisher with its figures.
  struct Entry {
    let publisher: HTTPPublisher
    let figures: HTTPPublisherFigures
  }

  private let figures = Mutex<[HTTPPublisher: HTTPPublisherFigures]>([:])

  /// All publishers by name, the further ones last.
  var all: [Entry] {
    figures.withLock { Array($0) }
      .sorted {
        ($0.key.source == .others ? 1 : 0, $0.key.name, $0.key.source.rawValue)
          < ($1.key.source == .others ? 1 : 0, $1.key.name, $1.key.source.rawValue)
      }
      .map { Entry(publisher: $0.key, figures: $0.value) }
  }

  /// Changes the figures of `publisher`.
  func update(_ publisher: HTTPPublisher, _ change: (inout HTTPPublisherFigures) -> Void) {
    figures.withLock { figures in
      let isKnown = figures[publisher] != nil || figures.count < Self.capacity
      change(&figures[isKnown ? publisher : HTTPPublisher(.others, ""), default: HTTPPublisherFigures()])
    }
  }
}

/// Counts one batch of a request for its publisher: when the queue accepts it, and when it is settled. Both may
/// happen in any order, on any thread. A batch that another request brought is not counted again.
final class HTTPPublisherCount: Sendable {
  private struct State {
    var isOwn = false
    var counts: BatchCounts?
  }

  private let publisher: HTTPPublisher
  private let publishers: HTTPPublishers
  private let isFirst: Bool
  private let state = Mutex(State())

  /// - Parameter isFirst: Whether the batch is the first one of its request, which counts the request.
  init(_ publisher: HTTPPublisher, in publishers: HTTPPublishers, isFirst: Bool) {
    self.publisher = publisher
    self.publishers = publishers
    self.isFirst = isFirst
  }

  /// Counts the batch, and with the first batch the request.
  /// - Parameter isOwn: Whether the queue accepted the batch from this request.
  func accepted(_ events: Int, isOwn: Bool) {
    publishers.update(publisher) { figures in
      figures.requests += isFirst ? 1 : 0
      figures.received += isOwn ? events : 0
      figures.lastAt = UTCTime.now.microseconds
    }
    let counts = state.withLock { state in
      state.isOwn = isOwn
      return isOwn ? state.counts : nil
    }
    if let counts { add(counts) }
  }

  /// Counts the events of the batch, if it was committed now.
  func settled(_ outcome: BatchOutcome) {
    guard case .committed(let counts) = outcome else { return }
    let isOwn = state.withLock { state in
      state.counts = counts
      return state.isOwn
    }
    if isOwn { add(counts) }
  }

  private func add(_ counts: BatchCounts) {
    publishers.update(publisher) { figures in
      figures.unique += Int(counts.unique)
      figures.duplicate += Int(counts.duplicate)
      figures.dead += Int(counts.dead)
    }
  }
}
