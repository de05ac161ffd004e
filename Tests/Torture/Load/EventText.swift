import ClientLib

/// Texts of the run's events. Each stored row shows the publication that it comes from.
///
/// Each publication also has one *marker*, an event with a key that no other publication has. The stored row
/// of the marker shows which row of the ledger belongs to the publication.
enum EventText {
  static let markerTopic = "torture.marker"

  /// Returns 16 hexadecimal digits.
  static func hexadecimal(_ number: UInt64) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return (0..<16).map { digits[Int(number >> (60 - 4 * UInt64($0)) & 15)] }
  }

  /// Returns the number of 16 hexadecimal digits; nil for other text.
  static func number(_ digits: some Collection<UInt8>) -> UInt64? {
    guard digits.count == 16 else { return nil }
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }

  static func topic(ofKey key: UInt64) -> String { "torture.\(key % 50)" }

  static func source(_ publication: Publication) -> String { "worker-\(publication.worker)" }

  /// Returns the payload of an event. The publication's code and the key are at fixed offsets.
  static func payload(_ publication: Publication, key: UInt64) -> [UInt8] {
    Array(#"{"p":""#.utf8) + hexadecimal(publication.code) + Array(#"","k":""#.utf8) + hexadecimal(key)
      + Array(#"","text":"Ein gar nicht so kurzer Satz, naïve façade","n":[1,2.5,null,true]}"#.utf8)
  }

  /// Returns the publication's code and the key of a payload; nil when the payload has another form.
  static func numbers(inPayload bytes: some RandomAccessCollection<UInt8>) -> (code: UInt64, key: UInt64)? {
    guard bytes.count > 45, let code = number(bytes.dropFirst(6).prefix(16)),
      let key = number(bytes.dropFirst(29).prefix(16))
    else { return nil }
    return (code, key)
  }

  /// Adds the marker and the events of a publication to a batch.
  /// - Throws: `SystemFailure` when they do not fit in the batch, which is a mistake of the recipe.
  static func fill(
    _ batch: inout EventBatch, _ publication: Publication, _ items: [BatchRecipe.Item], at time: Timestamp
  ) throws {
    let source = source(publication)
    let marker = hexadecimal(publication.code)
    var isComplete = try append(
      &batch, markerTopic, marker, source, payload(publication, key: publication.code), time)
    for item in items {
      switch item {
      case .good(let key):
        let isTaken = try append(
          &batch, topic(ofKey: key), hexadecimal(key), source, payload(publication, key: key), time)
        isComplete = isComplete && isTaken
      case .bad(let key, let badness):
        let id = hexadecimal(key) + (badness.idEnd ?? [])
        let payload = badness.payload ?? payload(publication, key: key)
        let isTaken = try append(&batch, topic(ofKey: key), id, source, payload, time)
        isComplete = isComplete && isTaken
      }
    }
    guard isComplete else { throw SystemFailure("\(publication) does not fit in a batch") }
  }

  private static func append(
    _ batch: inout EventBatch, _ topic: String, _ id: [UInt8], _ source: String, _ payload: [UInt8],
    _ time: Timestamp
  ) throws -> Bool {
    try batch.append(
      topic: topic.utf8.span.bytes, eventID: id.span.bytes, timestamp: time, source: source.utf8.span.bytes,
      payload: payload.span.bytes)
  }
}

extension BatchRecipe.Badness {
  /// Bytes at the end of the event id that make it bad; nil when the id is good.
  fileprivate var idEnd: [UInt8]? {
    switch self {
    case .idWithoutUTF8: [0xFF, 0xFE]
    case .idWithNUL: [0]
    case .payloadWithoutJSON: nil
    }
  }

  /// Payload that is not JSON; nil when the payload is good.
  fileprivate var payload: [UInt8]? {
    self == .payloadWithoutJSON ? Array(#"{"p":"#.utf8) : nil
  }
}
