/// Numbers the topics of a group, which come from the dictionaries of several batches.
struct TopicNumbers {
  /// The names by their numbers.
  private(set) var names: [[UInt8]] = []
  private var byName: [[UInt8]: Int32] = [:]
  /// By batch and place, so that a name is only compared once for each entry of a batch's dictionary.
  private var byPlace: [UInt64: Int32] = [:]

  /// The number of the topic at `field` of the columns of a batch.
  mutating func number(of field: StagedEvent.Field, batch: Int32, in columns: [[UInt8]]) -> Int32 {
    let place = UInt64(UInt32(bitPattern: batch)) << 32 | UInt64(field.start)
    if let number = byPlace[place] { return number }
    let name = Array(columns[Int(batch)][field.range])
    let number = byName[name] ?? Int32(names.count)
    if Int(number) == names.count {
      names.append(name)
      byName[name] = number
    }
    byPlace[place] = number
    return number
  }
}
