internal import CIntrinsics
internal import Glibc

/// A set of key hashes in one piece of memory: open addressing, at most half full, 16 bytes a slot.
///
/// A class and not a `~Copyable` value, because a dictionary of them is kept. Not Sendable: whoever shares
/// it guards it.
final class KeySet {
  private let slots: UnsafeMutableBufferPointer<KeyHash>
  private let shift: UInt64
  /// Keys in the set.
  private(set) var count = 0
  /// Keys that it takes.
  let capacity: Int

  /// Zero is no hash, so memory of zeros is an empty set.
  private static let empty = KeyHash(high: 0, low: 0)

  /// An empty set for up to `capacity` keys. Untouched slots take no memory but addresses.
  init(capacity: Int) {
    precondition(capacity >= 1 && capacity <= 1 << 40, "a set for \(capacity) keys")
    var bits = 3
    while 1 << bits < capacity * 2 { bits += 1 }
    self.capacity = capacity
    shift = UInt64(64 - bits)
    // Zeroed by the system where it is large, page by page, when it is first touched.
    let bytes = calloc(1 << bits, MemoryLayout<KeyHash>.stride)
    guard let bytes else { preconditionFailure("out of memory for \(capacity) recent keys") }
    slots = UnsafeMutableBufferPointer(
      start: bytes.bindMemory(to: KeyHash.self, capacity: 1 << bits), count: 1 << bits)
  }

  deinit {
    free(slots.baseAddress)
  }

  /// Whether `key` is in the set.
  func contains(_ key: KeyHash) -> Bool {
    slots[place(of: key)] == key
  }

  /// Has the memory fetched that a question about `key` will read.
  func prefetch(_ key: KeyHash) {
    guard let base = slots.baseAddress else { return }
    sluice_prefetch(base + home(of: key))
  }

  /// Adds `key`, unless the set is full of others.
  /// - Returns: Whether it was new.
  @discardableResult
  func insert(_ key: KeyHash) -> Bool {
    let place = place(of: key)
    guard slots[place] != key else { return false }
    precondition(count < capacity, "a full set of keys")
    slots[place] = key
    count += 1
    return true
  }

  /// Forgets all keys.
  func removeAll() {
    guard count > 0 else { return }
    slots.update(repeating: Self.empty)
    count = 0
  }

  /// Where `key` is, or the free slot where it belongs.
  private func place(of key: KeyHash) -> Int {
    assert(key != Self.empty)
    var place = home(of: key)
    while slots[place] != key, slots[place] != Self.empty {
      place = (place + 1) & (slots.count - 1)
    }
    return place
  }

  /// Where the search for `key` begins: the upper bits of a product depend on all bits of the hash.
  private func home(of key: KeyHash) -> Int {
    Int((key.low &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }
}
