/// The distinct topics, or sources, of a batch under construction, in order of first use.
///
/// A hash table over the bytes of the names with open addressing and linear probing, at most half full. The
/// last name is tried first, because successive events often have the same topic.
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
  /// Drawn at random, so that the author of the names cannot make them collide.
  private let seed = UInt64.random(in: 0...UInt64.max)

  /// Number of names.
  var count: Int { lengths.count }

  /// The place of a name, or the slot that a new name would take.
  enum Place {
    case known(Int)
    case free(slot: Int, hash: UInt64)

    var isFree: Bool {
      if case .free = self { true } else { false }
    }
  }

  /// Looks for `name`. A free slot is valid until the next change.
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

  /// Returns the index of `name`, and adds the name when `place` is free.
  mutating func insert(_ name: RawSpan, _ place: Place) -> Int {
    switch place {
    case .known(let index): return index
    case .free(let slot, let hash): return insert(name, slot: slot, hash: hash)
    }
  }

  private mutating func insert(_ name: RawSpan, slot: Int, hash: UInt64) -> Int {
    precondition(slots[slot] == 0, "the slot was taken meanwhile")
    precondition(name.byteCount <= UInt16.max, "a name is longer than its length can say")
    last = count
    hashes.append(hash)
    starts.append(UInt32(bytes.count))
    lengths.append(UInt16(name.byteCount))
    name.withUnsafeBytes { bytes.append(contentsOf: $0) }
    slots[slot] = UInt32(count)
    return last
  }

  /// Removes all names and keeps the memory.
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
