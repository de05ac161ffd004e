import ClientLib

/// Where the parts of one event stand in its line.
struct EventLine: Hashable {
  let topic: Range<Int>
  let id: Range<Int>
  let source: Range<Int>
  let timestamp: Timestamp
  /// The payload's bytes, untouched.
  let payload: Range<Int>?
  /// Whether the places are those of the reader's copy of the line, which has resolved escapes at its end.
  let isCopied: Bool
}
