/// Reads the records of a CSV file (RFC 4180). The first record is the header, whose names become the members of each
/// object. A header that cannot be read ends the input, because no record after it has names.
struct CSVParser {
  private var names: [[UInt8]]?
  private var field: [UInt8] = []

  /// Writes the fields of a record as an object.
  /// - Returns: false for the header.
  mutating func write(_ record: ArraySlice<UInt8>, to object: inout JSONObjectWriter) throws(LineProblem)
    -> Bool
  {
    guard let names else {
      do throws(LineProblem) {
        self.names = try header(record)
      } catch {
        throw LineProblem("\(error)", endsInput: true)
      }
      return false
    }
    var cursor = ByteCursor(record)
    var count = 0
    object.begin()
    repeat {
      try next(&cursor)
      if count < names.count { object.member(names[count], field) }
      count += 1
    } while cursor.take(",")
    object.end()
    guard count == names.count else {
      throw LineProblem("the record has \(count) fields, but the header has \(names.count)")
    }
    return true
  }

  private mutating func header(_ record: ArraySlice<UInt8>) throws(LineProblem) -> [[UInt8]] {
    var cursor = ByteCursor(record)
    var names: [[UInt8]] = []
    repeat {
      try next(&cursor)
      names.append(field.isEmpty ? Array("column_\(names.count + 1)".utf8) : field)
    } while cursor.take(",")
    guard Set(names).count == names.count else {
      throw LineProblem("two columns of the header have the same name")
    }
    return names
  }

  /// Takes a field into `field`, and stands before a comma or at the end of the record then.
  private mutating func next(_ cursor: inout ByteCursor) throws(LineProblem) {
    field.removeAll(keepingCapacity: true)
    guard cursor.take("\"") else {
      field += cursor.take { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }
      guard cursor.peek != UInt8(ascii: "\"") else {
        throw LineProblem("a quotation mark at byte \(cursor.place) in a field that does not begin with one")
      }
      return
    }
    let start = cursor.place - 1
    while let byte = cursor.next() {
      if byte != UInt8(ascii: "\"") {
        field.append(byte)
      } else if cursor.take("\"") {
        field.append(byte)
      } else {
        guard cursor.peek.map({ $0 == UInt8(ascii: ",") }) ?? true else {
          throw .expected("a comma", at: cursor.place - 1)
        }
        return
      }
    }
    throw LineProblem("a field that begins at byte \(start) has no end")
  }
}
