extension SeededRandom {
  /// Up to `limit` random bytes.
  mutating func bytes(upTo limit: Int) -> [UInt8] {
    bytes(Int.random(in: 0...limit, using: &self))
  }

  /// `count` random bytes.
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
  }
}
