#if Codable
  #if canImport(FoundationEssentials)
    public import FoundationEssentials
  #else
    public import Foundation
  #endif

  extension Timestamp {
    /// The time of a date, rounded to microseconds. A date beyond 64 bits of microseconds is clamped, so that its
    /// event is stored as a dead event.
    public init(_ date: Date) {
      let microseconds = (date.timeIntervalSince1970 * 1e6).rounded()
      let bound = 0x1p63
      switch microseconds {
      case ..<(-bound): self.init(microseconds: .min)
      case bound...: self.init(microseconds: .max)
      // A date that is not a number has no place in time.
      case let number where number.isNaN: self.init(microseconds: .min)
      default: self.init(microseconds: Int64(microseconds))
      }
    }
  }

  extension Date {
    /// The date of a timestamp, to the resolution of `Date`, which is coarser than a microsecond after the year 2255.
    public init(_ timestamp: Timestamp) {
      self.init(timeIntervalSince1970: Double(timestamp.microseconds) / 1e6)
    }
  }

  extension Event {
    /// An event with a value as its payload.
    /// - Parameters:
    ///   - topic: subject of the event, as in ``Event/topic``.
    ///   - id: identity within the topic, as in ``Event/id``.
    ///   - timestamp: time when it happened.
    ///   - source: program or system that reports the event.
    ///   - payload: encoded as JSON by `encoder`. A text becomes a JSON string.
    ///   - encoder: by default one that writes dates in the form of ISO 8601.
    /// - Throws: `payloadNotEncodable` with the encoder's reason.
    public init(
      topic: String, id: String, timestamp: Date = .now, source: String, encoding payload: some Encodable,
      encoder: JSONEncoder? = nil
    ) throws(ProducerError) {
      let bytes: [UInt8]
      do {
        bytes = Array(try (encoder ?? Self.standardEncoder()).encode(payload))
      } catch {
        throw ProducerError(
          .payloadNotEncodable, "the payload of event \(id) of topic \(topic) cannot be encoded: \(error)")
      }
      self.init(topic: topic, id: id, timestamp: Timestamp(timestamp), source: source, payload: bytes)
    }

    private static func standardEncoder() -> JSONEncoder {
      let encoder = JSONEncoder()
      encoder.dateEncodingStrategy = .iso8601
      return encoder
    }
  }

  extension Producer {
    /// Publishes one event with a value as its payload. It shares a batch with others, as in `publish(_:)`.
    /// - Parameters:
    ///   - topic: subject of the event, as in ``Event/topic``.
    ///   - id: identity within the topic. Without one the event gets ``EventID/rising()``, so that publishing the
    ///     same value again stores it again.
    ///   - timestamp: time when it happened.
    ///   - source: program or system that reports the event; nil for ``Configuration/name``.
    ///   - payload: encoded as JSON on the calling task. A text becomes a JSON string; publish an ``Event`` to send
    ///     JSON that is encoded already.
    ///   - encoder: by default one that writes dates in the form of ISO 8601.
    /// - Returns: a receipt for the batch of the event.
    /// - Throws: ``ProducerError``: `payloadNotEncodable`, and the errors of `publish(_:)`.
    @discardableResult
    public func publish(
      topic: String, id: String = EventID.rising(), timestamp: Date = .now, source: String? = nil,
      payload: some Encodable & Sendable, encoder: JSONEncoder? = nil
    ) async throws(ProducerError) -> Receipt {
      try await publish(
        Event(
          topic: topic, id: id, timestamp: timestamp, source: source ?? configuration.name, encoding: payload,
          encoder: encoder))
    }
  }
#endif
