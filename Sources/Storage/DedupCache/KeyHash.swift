/// A hash of 122 bits that is compared instead of a key: two polynomials over the key, each modulo the prime
/// 2^61 - 1, at random points.
///
/// Two different keys, chosen by somebody who does not know the points, collide with a probability of at most
/// (degree / 2^61)^2, below 2^-104 for the longest keys (Carter and Wegman, "Universal classes of hash
/// functions", 1979). Therefore keys with equal hashes are treated as equal.
struct KeyHash: Hashable, Sendable {
  /// The first polynomial's value in the low 61 bits, and a 1 in the highest bit, so that no hash is zero.
  let high: UInt64
  /// The second polynomial's value.
  let low: UInt64
}

/// Computes the hashes of one process. The points never leave the process.
struct KeyHasher: Sendable {
  /// The hash of the beginning of a key.
  struct State: Sendable {
    fileprivate var high: UInt64 = 1
    fileprivate var low: UInt64 = 1
  }

  private static let prime: UInt64 = (1 << 61) - 1
  private static let mark: UInt64 = 1 << 63

  private let first: UInt64
  private let second: UInt64

  /// Draws the two points.
  init(using generator: inout some RandomNumberGenerator) {
    first = .random(in: 2..<Self.prime, using: &generator)
    second = .random(in: 2..<Self.prime, using: &generator)
  }

  /// The hash of a key.
  ///
  /// Each field is hashed as its words followed by its length, so that different keys are different sequences
  /// of words. The initial value 1 makes the result depend on the number of words.
  func hash(topic: RawSpan, id: RawSpan) -> KeyHash {
    hash(id: id, after: state(topic: topic))
  }

  /// The hash of the beginning of every key with this topic.
  func state(topic: RawSpan) -> State {
    var state = State()
    absorb(topic, into: &state)
    return state
  }

  /// The hash of a key whose beginning is hashed already.
  func hash(id: RawSpan, after topic: State) -> KeyHash {
    var state = topic
    absorb(id, into: &state)
    return KeyHash(high: state.high | Self.mark, low: state.low)
  }

  /// Hashes `field` in words of seven bytes, so that each word is less than the prime.
  @inline(__always)
  private func absorb(_ field: RawSpan, into state: inout State) {
    let count = field.byteCount
    var offset = 0
    while offset + 8 <= count {
      // Every bit pattern is an integer, and the bounds are checked.
      let word = UInt64(littleEndian: field.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      step(&state, word & 0x00FF_FFFF_FFFF_FFFF)
      offset += 7
    }
    var rest: UInt64 = 0
    while offset < count {
      rest = rest << 8 | UInt64(field.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      offset += 1
    }
    assert(count - offset == 0 && rest <= 0x00FF_FFFF_FFFF_FFFF, "a word is below the prime")
    step(&state, rest)
    step(&state, UInt64(count))
  }

  @inline(__always)
  private func step(_ state: inout State, _ word: UInt64) {
    state.high = Self.product(state.high, first, plus: word)
    state.low = Self.product(state.low, second, plus: word)
  }

  /// `value * point + word` modulo 2^61 - 1. All three arguments are less than 2^61 - 1.
  @inline(__always)
  private static func product(_ value: UInt64, _ point: UInt64, plus word: UInt64) -> UInt64 {
    let (high, low) = value.multipliedFullWidth(by: point)
    // 2^61 is 1 modulo the prime, so the bits from bit 61 up are added to the lower bits.
    let sum = (low & prime) + (high << 3 | low >> 61) + word
    let folded = (sum & prime) + (sum >> 61)
    assert(folded < 2 * prime, "one subtraction reduces the sum")
    return folded >= prime ? folded - prime : folded
  }
}
