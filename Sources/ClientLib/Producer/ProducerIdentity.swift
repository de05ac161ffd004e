internal import WireProtocol

extension Producer {
  /// Who a producer is: a UUID (RFC 9562) that survives reconnects. Two producers at the same time never have
  /// the same: the server keeps the newer connection and ends the other for good.
  public struct Identity: Hashable, Sendable, CustomStringConvertible {
    let id: ProducerID

    init(_ id: ProducerID) {
      self.id = id
    }

    /// A fresh random identity.
    public static func random() -> Identity {
      var generator = SystemRandomNumberGenerator()
      return Identity(ProducerID.random(using: &generator))
    }

    /// Reads the 36-character text form; nil when `text` is anything else.
    public init?(_ text: String) {
      guard let id = ProducerID(text) else { return nil }
      self.id = id
    }

    /// The text form.
    public var description: String { id.description }
  }
}
