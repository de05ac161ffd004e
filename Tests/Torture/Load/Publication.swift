/// One batch as one process of a producer published it.
///
/// A lane is a producer's place in the run. Its process may be killed; the next one, another *incarnation* with
/// a new identity, publishes again what the one before was not told about.
struct Publication: Hashable, Sendable {
  let lane: Int
  let incarnation: Int
  /// The number of the batch in its lane, from 0. The same number is the same events.
  let ordinal: Int

  /// All three in one number, which is written into the events.
  var code: UInt64 { UInt64(lane) << 56 | UInt64(incarnation) << 40 | UInt64(ordinal) }

  init(lane: Int, incarnation: Int, ordinal: Int) {
    self.lane = lane
    self.incarnation = incarnation
    self.ordinal = ordinal
  }

  init(code: UInt64) {
    self.init(
      lane: Int(code >> 56), incarnation: Int(code >> 40 & 0xFFFF), ordinal: Int(code & 0xFF_FFFF_FFFF))
  }
}

extension Publication: CustomStringConvertible {
  var description: String { "lane \(lane), incarnation \(incarnation), batch \(ordinal)" }
}
