/// Numbers the topics of a group, which come from the dictionaries of several batches. A hash table of the
/// locations of their names.
struct TopicNumbers {
  /// The first location of a topic's name.
  struct Place {
    /// Index of the batch in the group.
    let batch: Int32
    /// The location of the name in the columns of the batch.
    let name: StagedEvent.Field
  }

  private struct Slot {
    /// The lower 32 bits of the name's hash, to reject most different names without comparing them.
    var hash: UInt32 = 0
    var number: Int32 = -1
  }

  /// The number that was found last for a batch and the start of a name.
  private struct Known {
    var place = UInt64.max
    var number: Int32 = -1
  }

  private let columns: [[UInt8]]
  /// The locations of the topics' names, by the numbers of the topics.
  private(set) var places: [Place] = []
  /// The hash table. The number of slots is a power of two, and at least twice the number of topics.
  private var slots = [Slot](repeating: Slot(), count: 256)
  /// Direct-mapped cache from the location of a name to its number, so that the names of few topics are not
  /// compared again and again. On a collision the newer entry overwrites the older one.
  private var known = [Known](repeating: Known(), count: 1 << knownBits)
  private static let knownBits = 10

  /// Creates a table without topics, for the batches with these columns.
  init(columns: [[UInt8]]) {
    self.columns = columns
  }

  /// The number of the topic whose name is at `name` in the columns of a batch.
  mutating func number(of name: StagedEvent.Field, batch: Int32) -> Int32 {
    assert(columns.indices.contains(Int(batch)), "a batch of the group")
    let place = UInt64(UInt32(bitPattern: batch)) << 32 | UInt64(name.start)
    let index = Int((place &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt64(Self.knownBits)))
    if known[index].place == place { return known[index].number }
    let number = lookUp(name, batch: batch)
    assert(places.indices.contains(Int(number)), "a number has a name")
    known[index] = Known(place: place, number: number)
    return number
  }

  private mutating func lookUp(_ name: StagedEvent.Field, batch: Int32) -> Int32 {
    let hash = hash(of: name, batch: batch)
    var index = Int(hash) & (slots.count - 1)
    while slots[index].number >= 0 {
      let slot = slots[index]
      if slot.hash == hash, isEqual(places[Int(slot.number)], to: name, batch: batch) { return slot.number }
      index = (index + 1) & (slots.count - 1)
    }
    let number = Int32(places.count)
    slots[index] = Slot(hash: hash, number: number)
    places.append(Place(batch: batch, name: name))
    if places.count * 2 > slots.count { grow() }
    return number
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    for slot in slots where slot.number >= 0 {
      var index = Int(slot.hash) & (larger.count - 1)
      while larger[index].number >= 0 { index = (index + 1) & (larger.count - 1) }
      larger[index] = slot
    }
    assert(larger.count & (larger.count - 1) == 0 && places.count * 2 <= larger.count)
    slots = larger
  }

  /// The hash with the process's own seed. Producers choose topics, but cannot choose topics that collide.
  private func hash(of name: StagedEvent.Field, batch: Int32) -> UInt32 {
    var hasher = Hasher()
    columns[Int(batch)].withUnsafeBytes {
      hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[name.range]))
    }
    return UInt32(truncatingIfNeeded: hasher.finalize())
  }

  private func isEqual(_ place: Place, to name: StagedEvent.Field, batch: Int32) -> Bool {
    guard place.name.count == name.count else { return false }
    return columns[Int(place.batch)].withUnsafeBytes { first in
      columns[Int(batch)].withUnsafeBytes { second in
        first[place.name.range].elementsEqual(second[name.range])
      }
    }
  }
}
