internal import CIntrinsics
internal import Glibc

/// A set of key hashes in one block of memory: open addressing, at most three quarters full, 16 bytes a
/// slot, so a key takes 16 * 4 / 3 bytes. A search for an absent key reads about 8.5 slots at three quarters. At nine
/// tenths, which would need less memory, it reads 50.5 (Knuth, "The Art of Computer Programming", volume 3,
/// section 6.4).
///
/// A class and not a `~Copyable` value, because sets are stored in a dictionary. Not Sendable: code that
/// shares a set between threads guards it with a lock.
final class KeySet {
  private let slots: UnsafeMutableBufferPointer<KeyHash>
  /// Number of keys in the set.
  private(set) var count = 0
  /// Maximum number of keys. Inserting into a full set is a programming error.
  let capacity: Int

  /// No hash is zero, so zeroed memory is an empty set.
  private static let empty = KeyHash(high: 0, low: 0)

  /// An empty set for up to `capacity` keys. Slots that were never written take address space but no memory.
  init(capacity: Int) {
    precondition(capacity >= 1 && capacity <= 1 << 40, "a set for \(capacity) keys")
    let count = Self.slots(for: capacity)
    assert(count > capacity, "a search ends at a free slot")
    self.capacity = capacity
    // The system zeroes a large block page by page, when each page is first touched.
    let bytes = calloc(count, MemoryLayout<KeyHash>.stride)
    guard let bytes else { preconditionFailure("out of memory for \(capacity) keys of the dedup cache") }
    slots = UnsafeMutableBufferPointer(
      start: bytes.bindMemory(to: KeyHash.self, capacity: count), count: count)
  }

  /// The number of slots of a set for `capacity` keys.
  private static func slots(for capacity: Int) -> Int {
    max(8, capacity + capacity / 3 + 1)
  }

  deinit {
    free(slots.baseAddress)
  }

  /// Whether `key` is in the set.
  func contains(_ key: KeyHash) -> Bool {
    slots[place(of: key)] == key
  }

  /// Prefetches the slot where a lookup of `key` starts.
  func prefetch(_ key: KeyHash) {
    guard let base = slots.baseAddress else { return }
    sluice_prefetch(base + home(of: key))
  }

  /// Adds `key`. The set must not be full, unless `key` is in it.
  /// - Returns: Whether `key` was new.
  @discardableResult
  func insert(_ key: KeyHash) -> Bool {
    let place = place(of: key)
    guard slots[place] != key else { return false }
    precondition(count < capacity, "a full set of keys")
    assert(slots[place] == Self.empty, "a free slot is empty")
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

  /// The slot that holds `key`, or the free slot where `key` belongs.
  private func place(of key: KeyHash) -> Int {
    assert(key != Self.empty)
    var place = home(of: key)
    while slots[place] != key, slots[place] != Self.empty {
      place = place + 1 == slots.count ? 0 : place + 1
    }
    return place
  }

  /// The slot where the search for `key` begins. The upper bits of the first product depend on all bits of
  /// `key.low`. The second product maps them to the slots without a division (Lemire, "Fast Random Integer Generation in an
  /// Interval", 2019).
  private func home(of key: KeyHash) -> Int {
    let mixed = key.low &* 0x9E37_79B9_7F4A_7C15
    return Int(mixed.multipliedFullWidth(by: UInt64(slots.count)).high)
  }
}
