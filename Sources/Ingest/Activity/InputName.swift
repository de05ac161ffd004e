/// An input of this process for events, as metrics and `/stats` name it: the ingest port, or an HTTP route.
public enum InputName: String, CaseIterable, Sendable {
  /// The ingest port.
  case tcp
  /// `POST /publish`.
  case publish = "/publish"
  /// `POST /publish/batch`.
  case publishBatch = "/publish/batch"
  /// `POST /insert/jsonline`.
  case jsonLines = "/insert/jsonline"
  /// `POST /insert/elasticsearch/_bulk`, also with an index in the path.
  case bulk = "/insert/elasticsearch/_bulk"
  /// `POST /insert/opentelemetry/v1/logs`.
  case logs = "/insert/opentelemetry/v1/logs"
  /// `POST /insert/loki/api/v1/push`.
  case loki = "/insert/loki/api/v1/push"
  /// `POST /insert/cloudevents`.
  case cloudEvents = "/insert/cloudevents"
  /// `POST /dead/{dead_id}/republish`.
  case republish = "/dead/{dead_id}/republish"
}

/// The counts of one input since the start of this process. Events of replayed batches are accepted again and not
/// counted as stored, duplicate or dead again.
public struct InputCounts: Hashable, Sendable {
  /// Batches that the queue accepted.
  public var acceptedBatches = 0
  /// Events of the accepted batches.
  public var acceptedEvents = 0
  /// Events stored.
  public var uniqueEvents = 0
  /// Events whose key was already stored.
  public var duplicateEvents = 0
  /// Events that cannot be stored.
  public var deadEvents = 0

  /// Creates counts of zero.
  public init() {}
}
