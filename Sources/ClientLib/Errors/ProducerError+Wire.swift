internal import SocketIO
internal import WireProtocol

extension ProducerError {
  /// What the columns' builder refused.
  init(_ refusal: EventRefusal) {
    self.init(.eventTooLarge, "\(refusal) Shorten its texts or its payload.")
  }

  /// A connection's end that no retry can mend, as the user is told.
  init(ending report: ErrorFrame, at place: String) {
    let text = "\(place): \(report.error)"
    let number = Int(report.error.code.wire)
    switch report.error.code {
    case .superseded:
      self.init(
        .superseded, "\(text). Another program uses the same producer identity; give each its own",
        serverCode: number)
    case .producerNotYours, .authenticationFailed:
      self.init(.notAuthorized, "\(text). Check identity and credentials", serverCode: number)
    case .notSluice, .unsupportedVersion:
      self.init(.incompatible, text, serverCode: number)
    default:
      self.init(.protocolViolation, text, serverCode: number)
    }
  }

  /// A producer with a spool was superseded.
  static func spoolCopied(_ reason: ProducerError, _ identity: ProducerID) -> ProducerError {
    ProducerError(
      reason.code,
      "\(reason.message). Probably it has a copy of the spool. What is unsettled stays in the spool; "
        + "the next producer over it sends it under the new identity \(identity)",
      serverCode: reason.serverCode)
  }

  /// A batch that the server refused for good.
  init(refusing sequence: UInt64, _ report: ErrorFrame) {
    let code: Code =
      switch report.error.code {
      case .batchTooLarge: .batchTooLarge
      case .batchExpired: .batchExpired
      default: .batchRefused
      }
    self.init(
      code, "the server refused batch \(sequence): \(report.error)",
      serverCode: Int(report.error.code.wire))
  }

  /// A batch beyond what a server takes.
  static func tooLarge(_ found: Int, _ unit: String, limit: Int) -> ProducerError {
    ProducerError(
      .batchTooLarge, "the batch has \(found) \(unit), the server takes \(limit); publish smaller batches")
  }
}
