/// Numbers the topics of a group, which come from the dictionaries of several batches: a hash table of where
/// their names stand.
struct TopicNumbers {
  /// Where a topic was met first.
  struct Place {
    /// Index of its batch in the group.
    let batch: Int32
    /// Its name in the columns of the batch.
    let name: StagedEvent.Field
  }

  private struct Slot {
    /// Of the hash, what tells most of the other names apart.
    var hash: UInt32 = 0
    var number: Int32 = -1
  }

  /// What was found last for a batch and a start of a name.
  private struct Known {
    var place = UInt64.max
    var number: Int32 = -1
  }

  private let columns: [[UInt8]]
  /// The topics by their numbers.
  private(set) var places: [Place] = []
  /// As many as a power of two says, at least twice as many as there are topics.
  private var slots = [Slot](repeating: Slot(), count: 256)
  /// So that names are not compared again and again where there are few: a place that falls on another one
  /// takes it.
  private var known = [Known](repeating: Known(), count: 1 << knownBits)
  private static let knownBits = 10

  /// No topics yet of the batches with these columns.
  init(columns: [[UInt8]]) {
    self.columns = columns
  }

  /// The number of the topic that stands at `name` in the columns of a batch.
  mutating func number(of name: StagedEvent.Field, batch: Int32) -> Int32 {
    let place = UInt64(UInt32(bitPattern: batch)) << 32 | UInt64(name.start)
    let index = Int((place &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt64(Self.knownBits)))
    if known[index].place == place { return known[index].number }
    let number = lookUp(name, batch: batch)
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
    slots = larger
  }

  /// With the process's own seed: producers choose topics, but not which of them collide.
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
