import WireProtocol

/// The choice of a server for each key, by rendezvous hashing (highest random weight, Thaler and Ravishankar
/// 1998). Pure. Rules: `spec/spread.md`.
///
/// Every producer that names the servers alike chooses alike, so that equal keys meet in the dedup cache of
/// one server. When one of N servers comes or goes, only the keys of that server move, about one in N.
struct KeySpread: Hashable, Sendable {
  /// Endpoints at most, because the set of available ones is a word of 64 bits.
  static let mostEndpoints = 64

  /// For each endpoint, the checksum of its text in the upper 32 bits of a word.
  private let seeds: [UInt64]

  /// - Parameter endpoints: texts of the endpoints, 1 to `mostEndpoints`. Upper case is not distinguished.
  init(endpoints: [String]) {
    precondition(
      (1...Self.mostEndpoints).contains(endpoints.count), "the number of endpoints is out of bounds")
    seeds = endpoints.map { UInt64(CRC32C.checksum(of: $0.lowercased().utf8.span.bytes)) << 32 }
  }

  var count: Int { seeds.count }

  /// The set of all endpoints, a bit for each.
  var all: UInt64 { ~0 >> UInt64(Self.mostEndpoints - seeds.count) }

  /// Returns the hash of a key: the checksum of the topic, a zero byte and the event id.
  static func hash(topic: RawSpan, id: RawSpan) -> UInt32 {
    var crc = CRC32C()
    crc.update(topic)
    let zero: UInt8 = 0
    withUnsafeBytes(of: zero) { crc.update($0.bytes) }
    crc.update(id)
    return crc.value
  }

  /// Returns the index of the endpoint for a key.
  /// - Parameters:
  ///   - hash: the hash of the key.
  ///   - available: the endpoints to choose from, a bit for each. None of them means all of them.
  func endpoint(for hash: UInt32, among available: UInt64) -> Int {
    let usable = available & all == 0 ? all : available
    var best: (index: Int, weight: UInt64)?
    for (index, seed) in seeds.enumerated() where usable & 1 << UInt64(index) != 0 {
      let weight = Self.mix(seed | UInt64(hash))
      if best.map({ weight > $0.weight }) ?? true { best = (index, weight) }
    }
    guard let best else { preconditionFailure("there is no endpoint to choose from") }
    return best.index
  }

  /// The finalizer of SplitMix64 (Steele, Lea and Flood 2014): every bit of the result depends on every bit
  /// of the word.
  private static func mix(_ word: UInt64) -> UInt64 {
    var mixed = word
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
