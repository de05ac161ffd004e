/// The place of a field in an object: the name of a member, or names with dots between that lead into objects.
///
/// A member whose name is the whole rest of the path, dots included, wins over the member of the first name, because
/// many programs write flat objects with such names.
package struct FieldPath: Hashable, Sendable {
  /// The longest path in bytes of UTF-8.
  package static let longest = 255

  /// The path as given.
  package let text: String
  /// The bytes of `text`.
  let bytes: [UInt8]
  /// The offsets of the names in `bytes`, ascending from 0.
  let starts: [Int]

  /// Creates a path; nil when `text` is empty or too long, or has an empty name between its dots.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...Self.longest).contains(bytes.count) else { return nil }
    let names = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard names.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.text = text
    self.bytes = bytes
    starts = names.map(\.startIndex)
  }

  /// Whether there are more names after the one at `level`.
  func hasMore(after level: Int) -> Bool { level + 1 < starts.count }

  /// The bytes from the name at `level` to the end.
  func rest(at level: Int) -> Range<Int> { starts[level]..<bytes.count }

  /// The bytes of the name at `level`.
  func name(at level: Int) -> Range<Int> {
    starts[level]..<(hasMore(after: level) ? starts[level + 1] - 1 : bytes.count)
  }
}
