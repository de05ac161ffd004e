/// The names of the topics in the intervals of a ring, each once. A name is kept while an interval uses it.
struct HistoryNames {
  /// Maximum number of names. A further name gets no number, so its events are missing in the interval.
  static let capacity = 1_024
  /// Maximum bytes of all names: 255 characters of 4 bytes, an array header of 32, and two entries of at most 64.
  static let mostBytes = capacity * (255 * 4 + 32 + 128)

  private var names: [(bytes: [UInt8], uses: Int)] = []
  private var numbers: [[UInt8]: UInt16] = [:]
  /// Numbers whose names are not used any more.
  private var free: [UInt16] = []

  /// Number of names that are used.
  var count: Int { numbers.count }

  /// Returns the number of `name` for one more use of it; nil when there is no room for a new name.
  mutating func use(_ name: [UInt8]) -> UInt16? {
    if let number = numbers[name] {
      names[Int(number)].uses += 1
      return number
    }
    guard count < Self.capacity else { return nil }
    let number = free.popLast() ?? UInt16(names.count)
    if Int(number) == names.count {
      names.append((bytes: name, uses: 1))
    } else {
      names[Int(number)] = (bytes: name, uses: 1)
    }
    numbers[name] = number
    assert(names.count == numbers.count + free.count, "a number is used or free")
    return number
  }

  /// Ends one use of a number. The last use frees the number.
  mutating func release(_ number: UInt16) {
    let index = Int(number)
    precondition(names[index].uses > 0, "a name that is used")
    names[index].uses -= 1
    guard names[index].uses == 0 else { return }
    numbers[names[index].bytes] = nil
    names[index].bytes = []
    free.append(number)
  }

  /// Returns the name with a number that is used.
  func name(_ number: UInt16) -> [UInt8] {
    precondition(names[Int(number)].uses > 0, "a name that is used")
    return names[Int(number)].bytes
  }
}
