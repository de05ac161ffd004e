/// Checks that bytes are a topic, source or event id that Postgres can store: UTF-8 (RFC 3629) without NUL,
/// of 1 to `longest` Unicode scalars, which is the unit of Postgres's `char_length`.
public struct NameValidator: Sendable {
  /// The error of a name.
  public enum Fault: Sendable {
    /// The name is not UTF-8, or contains U+0000.
    case text
    /// The name is empty, or longer than the limit.
    case length
  }

  private let longest: Int

  /// Creates a validator for names of 1 to `longest` Unicode scalars.
  public init(longest: Int) {
    precondition(longest >= 1, "names need room for at least one character")
    self.longest = longest
  }

  /// Returns the error of the name in `range` of `bytes`; nil for a valid name. Invalid UTF-8 is reported as
  /// `.text`, because its length in scalars is undefined.
  public func fault(in range: Range<Int>, of bytes: RawSpan) -> Fault? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    guard let scalars = Self.scalarCount(from: range.lowerBound, in: bytes, before: range.upperBound)
    else { return .text }
    return allows(scalars: scalars) ? nil : .length
  }

  /// Whether a name may have this length.
  @inline(__always)
  func allows(scalars: Int) -> Bool { scalars >= 1 && scalars <= longest }

  /// Whether `range` of `bytes` is ASCII without NUL. Then each part of it is text with as many scalars as
  /// bytes.
  static func isPlain(_ range: Range<Int>, of bytes: RawSpan) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    let end = range.upperBound
    var at = range.lowerBound
    var stops: UInt64 = 0
    while at &+ 8 <= end {
      stops |= EightBytes.nameStops(bytes.eightBytes(at: at))
      at &+= 8
    }
    while at < end, (1...0x7F).contains(bytes.byte(at: at, before: end)) { at &+= 1 }
    return stops == 0 && at == end
  }

  /// Returns the number of Unicode scalars; nil when the bytes are not UTF-8 or contain NUL.
  private static func scalarCount(from start: Int, in bytes: RawSpan, before end: Int) -> Int? {
    var at = start
    var tails = 0
    while at < end {
      at = endOfPlainText(from: at, in: bytes, before: end)
      guard at < end else { break }
      guard bytes.byte(at: at, before: end) != 0,
        let next = UTF8Sequence.end(from: at, in: bytes, before: end)
      else { return nil }
      tails += next - at - 1
      at = next
    }
    return end - start - tails
  }

  /// Returns the first offset from `start` on with NUL or a byte that is not ASCII; `end` or more if there is
  /// none.
  @inline(__always)
  private static func endOfPlainText(from start: Int, in bytes: RawSpan, before end: Int) -> Int {
    var at = start
    let endOfWords = bytes.endOfWords(before: end)
    while at < endOfWords {
      let stops = EightBytes.nameStops(bytes.eightBytes(at: at))
      if stops != 0 { return at &+ EightBytes.first(stops) }
      at &+= 8
    }
    while at < end, (1...0x7F).contains(bytes.byte(at: at, before: end)) { at &+= 1 }
    return at
  }
}
