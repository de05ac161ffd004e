/// A JSON object of a fixed length with fields that differ from event to event.
struct PayloadTemplate: Sendable {
  /// Bytes of the shortest payload. 0 is allowed, too, and means no payload.
  static let shortest = 100
  private static let order = #"{"order":""#
  private static let amount = #"","amount":"#
  private static let items = #","currency":"EUR","items":"#
  private static let trace = #","trace":""#
  private static let note = #"","note":""#
  private static let end = #""}"#
  private static let text = "parcel handed over at the loading bay, signed for by the night shift; "

  /// The object after the last `fill`.
  private(set) var bytes: [UInt8]
  private let places: Places

  /// Offsets of the fields that differ.
  private struct Places {
    var order = 0, amount = 0, items = 0, trace = 0
  }

  /// An object of `length` bytes, which is 0 or at least `shortest`.
  init(length: Int) {
    precondition(length == 0 || length >= Self.shortest)
    var places = Places()
    var text = Self.order
    places.order = text.utf8.count
    text += "00000000" + Self.amount
    places.amount = text.utf8.count
    text += "1000.00" + Self.items
    places.items = text.utf8.count
    text += "1" + Self.trace
    places.trace = text.utf8.count
    text += "00000000" + Self.note
    var bytes = Array(text.utf8)
    let filler = Array(Self.text.utf8)
    let rest = max(0, length - bytes.count - Self.end.utf8.count)
    bytes += (0..<rest).map { filler[$0 % filler.count] }
    bytes += Self.end.utf8
    self.bytes = length == 0 ? [] : bytes
    self.places = places
    assert(length == 0 || bytes.count == length)
  }

  /// Sets the fields to values derived from `random`.
  mutating func fill(_ random: UInt64) {
    guard !bytes.isEmpty else { return }
    let places = self.places
    var span = bytes.mutableSpan
    Digits.hexadecimal(random >> 32, count: 8, into: &span, at: places.order)
    Digits.decimal(1_000 + (random & 0xFFFF) % 9_000, count: 4, into: &span, at: places.amount)
    Digits.decimal((random >> 16 & 0xFF) % 100, count: 2, into: &span, at: places.amount + 5)
    Digits.decimal(1 + (random >> 24 & 7), count: 1, into: &span, at: places.items)
    Digits.hexadecimal(random & 0xFFFF_FFFF, count: 8, into: &span, at: places.trace)
  }
}
