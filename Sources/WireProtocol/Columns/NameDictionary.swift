/// The distinct topics, or sources, of a batch under construction, in order of first use.
///
/// A hash table over the names' bytes with open addressing and linear probing, at most half full.
/// A run of events often has one topic, so the last answer is tried first.
struct NameDictionary {
  /// The names, one after the other.
  private(set) var bytes: [UInt8] = []
  /// The length of each name.
  private(set) var lengths: [UInt16] = []
  private var starts: [UInt32] = []
  private var hashes: [UInt64] = []
  /// Index of a name plus 1; 0 is a free slot. The count is a power of two.
  private var slots: [UInt32] = []
  private var last = 0
  /// Drawn at random, so that nobody who chooses names can make them collide.
  private let seed = UInt64.random(in: 0...UInt64.max)

  /// Names.
  var count: Int { lengths.count }

  /// Where a name is, or would be put.
  enum Place {
    case known(Int)
    case free(slot: Int, hash: UInt64)

    var isFree: Bool {
      if case .free = self { true } else { false }
    }
  }

  /// Looks for `name`. A free slot is good for an `insert` right after.
  mutating func place(of name: RawSpan) -> Place {
    if last < count, holds(name, at: last) { return .known(last) }
    if 2 * count >= slots.count { grow() }
    let hash = name.hash(seed: seed)
    var slot = home(hash)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) - 1
      if hashes[index] == hash, holds(name, at: index) {
        last = index
        return .known(index)
      }
      slot = next(slot)
    }
    return .free(slot: slot, hash: hash)
  }

  /// The index of `name`, which is added if `place` found room for it.
  mutating func insert(_ name: RawSpan, _ place: Place) -> Int {
    switch place {
    case .known(let index): return index
    case .free(let slot, let hash): return insert(name, slot: slot, hash: hash)
    }
  }

  private mutating func insert(_ name: RawSpan, slot: Int, hash: UInt64) -> Int {
    precondition(slots[slot] == 0 && name.byteCount <= UInt16.max)
    last = count
    hashes.append(hash)
    starts.append(UInt32(bytes.count))
    lengths.append(UInt16(name.byteCount))
    name.withUnsafeBytes { bytes.append(contentsOf: $0) }
    slots[slot] = UInt32(count)
    return last
  }

  /// Forgets the names and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    for slot in slots.indices { slots[slot] = 0 }
    last = 0
  }

  private func holds(_ name: RawSpan, at index: Int) -> Bool {
    guard Int(lengths[index]) == name.byteCount else { return false }
    let start = Int(starts[index])
    return bytes.span.bytes.extracting(start..<start + name.byteCount).hasSameBytes(as: name)
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: max(64, 4 * count))
    for (index, hash) in hashes.enumerated() {
      var slot = home(hash)
      while slots[slot] != 0 { slot = next(slot) }
      slots[slot] = UInt32(index + 1)
    }
  }

  private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

  private func next(_ slot: Int) -> Int { (slot + 1) & (slots.count - 1) }
}
