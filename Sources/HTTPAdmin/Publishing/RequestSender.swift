import Hummingbird
import Ingest
import WireProtocol

/// The sender of a publishing request, and the route that received it.
struct RequestSender {
  /// The name of the principal that publishes; "" without credentials.
  let owner: String
  /// The producer of the client's idempotency key, or of dead events; nil for neither. Requests with the same one and
  /// the same events are one request.
  private(set) var producer: ProducerID?
  /// Counts each batch when the queue accepts it; nil without a quota.
  let quota: RequestQuota?
  /// The publisher that gets the counts.
  let publisher: HTTPPublisher
  /// The route.
  let input: InputName
  /// Whether the next batch begins a request in the counts of publishers.
  var countsRequest = true

  /// The sender of `request`.
  init(
    of request: Request, in context: AdminContext, key: IdempotencyKey?, quota: RequestQuota?,
    input: InputName
  ) {
    owner = context.owner
    publisher = HTTPPublisher(of: request, in: context)
    producer = key?.producer(of: owner)
    self.quota = quota
    self.input = input
  }

  /// Returns the sender of the dead events of its request, which have a producer of their own.
  func ofDeadEvents(_ producer: ProducerID) -> RequestSender {
    var sender = self
    sender.producer = producer
    return sender
  }

  /// The origin of the batches.
  var origin: ProducerOrigin { ProducerOrigin(owner: owner, name: "http", isSingleBatch: producer != nil) }
}
