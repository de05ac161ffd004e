/// Whether bytes are a topic, source or event id that Postgres can store: UTF-8 (RFC 3629) without
/// NUL, of 1 up to a number of Unicode scalars, which is what Postgres's `char_length` counts.
public struct NameCheck: Sendable {
  /// What is wrong with a name.
  public enum Fault: Sendable {
    /// It is not UTF-8, or holds U+0000.
    case text
    /// It is empty, or longer than its limit.
    case length
  }

  private let longest: Int

  /// A check for names of 1 to `longest` Unicode scalars.
  public init(longest: Int) {
    precondition(longest >= 1, "names need room for one character")
    self.longest = longest
  }

  /// The fault of the name that `range` of `bytes` holds, or nil. What is no text has no length, so
  /// `text` goes before `length`.
  public func fault(in range: Range<Int>, of bytes: RawSpan) -> Fault? {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    guard let scalars = Self.scalarCount(from: range.lowerBound, in: bytes, before: range.upperBound)
    else { return .text }
    return allows(scalars: scalars) ? nil : .length
  }

  /// Whether names may be this long.
  @inline(__always)
  func allows(scalars: Int) -> Bool { scalars >= 1 && scalars <= longest }

  /// Whether `range` of `bytes` is ASCII without NUL: then each part of it is text that has as many
  /// scalars as bytes.
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

  /// The number of Unicode scalars, or nil when the bytes are not UTF-8 or hold a NUL.
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

  /// The first place from `start` on that holds NUL or a byte that is not ASCII; `end` or more when
  /// there is none.
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
