internal import StoreInterface
internal import TextFormats

extension FieldCondition {
  /// Whether a field of `payload` has the value of the condition, as the database compares values of `jsonb`.
  func matches(_ payload: [UInt8]) -> Bool {
    let bytes = payload.span.bytes
    guard let value = PayloadField(path).value(in: bytes) else { return false }
    switch JSONScanner.byte(value.lowerBound, bytes) {
    case UInt8(ascii: "\""):
      var scanner = JSONScanner(value)
      var text: [UInt8] = []
      guard (try? scanner.string(into: &text, in: bytes)) == true else { return false }
      return text.elementsEqual(self.value.utf8)
    case UInt8(ascii: "{"), UInt8(ascii: "["): return false
    default:
      guard isToken else { return false }
      let given = Array(payload[value])
      let wanted = Array(self.value.utf8)
      guard let one = DecimalNumber(given), let other = DecimalNumber(wanted) else { return given == wanted }
      return one == other
    }
  }
}

/// Finds a field of a payload.
private struct PayloadField {
  private let path: [String]

  init(_ path: [String]) {
    self.path = path
  }

  /// Returns the range of the value at the path; nil when there is none. Of several members with one name the last
  /// one counts.
  func value(in bytes: RawSpan) -> Range<Int>? {
    var scanner = JSONScanner(0..<bytes.byteCount)
    guard var value = try? scanner.value(in: bytes) else { return nil }
    for name in path {
      guard let inner = try? step(name, into: value, in: bytes) else { return nil }
      value = inner
    }
    return value
  }

  private func step(
    _ name: String, into value: Range<Int>, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> Range<Int>? {
    var scanner = JSONScanner(value)
    if scanner.takes("{", in: bytes) { return try member(name, &scanner, in: bytes) }
    guard scanner.takes("[", in: bytes), let index = Int(name) else { return nil }
    var elements: [Range<Int>] = []
    guard !scanner.takes("]", in: bytes) else { return nil }
    repeat { elements.append(try scanner.value(in: bytes)) } while scanner.takes(",", in: bytes)
    let place = index < 0 ? elements.count + index : index
    return elements.indices.contains(place) ? elements[place] : nil
  }

  private func member(
    _ name: String, _ scanner: inout JSONScanner, in bytes: RawSpan
  ) throws(JSONSyntaxError) -> Range<Int>? {
    var found: Range<Int>?
    var given: [UInt8] = []
    guard !scanner.takes("}", in: bytes) else { return nil }
    repeat {
      try scanner.name(into: &given, in: bytes)
      let value = try scanner.value(in: bytes)
      if given.elementsEqual(name.utf8) { found = value }
    } while scanner.takes(",", in: bytes)
    return found
  }
}

/// A decimal number in a form in which equal numbers are equal: 1.50 and 15e-1 are the same.
private struct DecimalNumber: Equatable {
  private let isNegative: Bool
  /// The digits without zeros at both ends.
  private let digits: [UInt8]
  /// The power of ten of the last digit.
  private let exponent: Int

  /// Reads a number of JSON; nil when `text` is not one.
  init?(_ text: [UInt8]) {
    var rest = text[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    let mantissa = rest.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
    let power = String(decoding: rest.dropFirst(mantissa.count + 1), as: UTF8.self)
    let parts = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), !parts[0].isEmpty, mantissa.count == rest.count || Int(power) != nil
    else { return nil }
    var digits = Array(parts.joined())
    guard digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    var (exponent, overflow) = (Int(power) ?? 0).subtractingReportingOverflow(
      parts.count == 2 ? parts[1].count : 0)
    while digits.last == UInt8(ascii: "0"), !overflow {
      digits.removeLast()
      (exponent, overflow) = exponent.addingReportingOverflow(1)
    }
    guard !overflow else { return nil }
    self.digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
    self.exponent = self.digits.isEmpty ? 0 : exponent
    self.isNegative = isNegative && !self.digits.isEmpty
  }
}
