import Ingest
import WireProtocol

/// The check of topics, sources and ids, compared with the standard library.
enum NamesFuzzer: Fuzzer {
  static let name = "names"
  static let longestInput = 64
  static let seeds = ["order-1", "größe", "日本語", "🦆\u{0}", "\u{7FF}\u{800}\u{FFFF}\u{10000}"].map {
    Array($0.utf8)
  }

  private static let limits = EventLimits(nameScalars: 12, payloadBytes: 16, jsonDepth: 1, jsonExponent: 1)

  static func run(_ input: UnsafeRawBufferPointer) {
    let name = Array(input)
    let text: DeadReason?
    if let string = String(validating: name, as: UTF8.self), !name.contains(0) {
      text = (1...limits.nameScalars).contains(string.unicodeScalars.count) ? nil : .eventIDLength
    } else {
      text = .eventIDText
    }
    let found = fault(topic: [0x61], source: [0x61], id: name)
    // A name that is both too long and no text may be called either.
    let agrees =
      found == text || text == .eventIDText && found == .eventIDLength && name.count > limits.nameScalars
    precondition(agrees, "the id is \(found as Any) and should be \(text as Any)")
    precondition(
      (fault(topic: name, source: [0x61], id: [0x61]) == nil) == (found == nil), "as a topic it differs")
    precondition(
      (fault(topic: [0x61], source: name, id: [0x61]) == nil) == (found == nil), "as a source it differs")
  }

  /// The fault of an event with these names; nil for a good event.
  private static func fault(topic: [UInt8], source: [UInt8], id: [UInt8]) -> DeadReason? {
    var builder = EventColumnsBuilder(limits: Samples.roomyLimits)
    let isAdded = try? builder.append(SampleEvent(topic: topic, source: source, id: id, time: 0))
    precondition(isAdded == true, "a name of \(id.count) bytes does not fit")
    guard let columns = try? EventColumns(builder.finish(), limits: Samples.roomyLimits) else {
      preconditionFailure("the builder made columns that are not sound")
    }
    return ColumnValidator(limits: limits).deadEvents(in: columns).first?.reason
  }
}
