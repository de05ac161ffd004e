/// Why a producer could not do what it was asked, and what to do about it.
///
/// Equality looks at the code alone.
public struct ProducerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of problem; more kinds may be added.
  public let code: Code
  /// What happened, where, and what to do, in a sentence for people.
  public let message: String
  /// Whether the same call may succeed later. Events that were refused for good never will.
  public let isRetryable: Bool
  /// The server's number, from `spec/errors.json`, when the server said it.
  public let serverCode: Int?
  /// What was given up without being committed, as far as this call is concerned.
  public let unsettled: [UnsettledBatch]

  init(
    _ code: Code, _ message: String, isRetryable: Bool = false, serverCode: Int? = nil,
    unsettled: [UnsettledBatch] = []
  ) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
    self.serverCode = serverCode
    self.unsettled = unsettled
  }

  /// The same with the batches that it left unsettled.
  func listing(_ unsettled: [UnsettledBatch]) -> ProducerError {
    ProducerError(
      code, message, isRetryable: isRetryable, serverCode: serverCode, unsettled: unsettled)
  }

  /// Code and message, and how much was left unsettled.
  public var description: String {
    guard !unsettled.isEmpty else { return "\(code): \(message)" }
    let events = unsettled.reduce(0) { $0 + $1.events }
    return
      "\(code): \(message) (\(unsettled.count) batches of \(events) events are not known to be committed)"
  }

  /// Whether the codes are the same.
  public static func == (one: ProducerError, other: ProducerError) -> Bool { one.code == other.code }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A batch that a producer gave up before its end was known. It may have been committed all the same:
/// publishing its events again is safe, since the server stores each key once.
public struct UnsettledBatch: Hashable, Sendable {
  /// Its number; nil when it had none yet.
  public let sequence: UInt64?
  /// How many events it has.
  public let events: Int
  /// Whether a server had accepted it into its memory.
  public let wasAccepted: Bool
}
