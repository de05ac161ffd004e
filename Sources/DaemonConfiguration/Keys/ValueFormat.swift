internal import Base
internal import TextFormats

/// The rules to read, check and write the text of one type of value.
struct ValueFormat<Value: Sendable>: Sendable {
  /// The type's name, as help and the reference show it.
  let typeName: String
  /// The allowed values, for people; nil when there is no restriction to describe.
  let allowed: String?
  /// Reads a value, or throws the reason why the text is not a value.
  let read: @Sendable (String) throws(ValueProblem) -> Value
  /// Writes a value in such a form that `read` returns an equal value.
  let write: @Sendable (Value) -> String
}

/// The reason why a text is not a value of its setting.
enum ValueProblem: Error, Equatable {
  /// The text cannot be read; `expected` describes a readable text.
  case malformed(expected: String)
  /// The value is outside `allowed`.
  case outOfRange(allowed: String)
}

extension ValueFormat where Value == String {
  /// Any text that is not empty.
  static let text = ValueFormat(
    typeName: "text", allowed: nil,
    read: { (text) throws(ValueProblem) in
      if text.isEmpty { throw .malformed(expected: "a text of at least one character") }
      return text
    },
    write: { $0 })

  /// The name of a schema that needs no quotes in SQL, so that users can name the tables easily.
  static let identifier = ValueFormat(
    typeName: "name", allowed: "1-63 of a-z, 0-9 and _, not beginning with a digit",
    read: { (text) throws(ValueProblem) in
      let isPlain = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
      guard isPlain, (1...63).contains(text.utf8.count), text.first?.isNumber == false else {
        throw .malformed(expected: "1-63 of a-z, 0-9 and _, not beginning with a digit")
      }
      return text
    },
    write: { $0 })
}

extension ValueFormat where Value == String? {
  /// The path of a file; absent by default.
  static let path = ValueFormat(
    typeName: "path", allowed: nil,
    read: { (text) throws(ValueProblem) in
      if text.isEmpty { throw .malformed(expected: "the path of a file") }
      return text
    },
    write: { $0 ?? "" })

  /// A connection string of libpq; absent by default.
  static let connectionString = ValueFormat(
    typeName: "text", allowed: nil,
    read: { (text) throws(ValueProblem) in
      if let expected = ConnectionString.expectation(against: text) { throw .malformed(expected: expected) }
      return text
    },
    write: { $0 ?? "" })
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// A choice among the names of an enum's cases.
  static var choice: ValueFormat {
    let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return ValueFormat(
      typeName: "choice", allowed: names,
      read: { (text) throws(ValueProblem) in
        guard let value = Value(rawValue: text) else { throw .malformed(expected: "one of \(names)") }
        return value
      },
      write: { $0.rawValue })
  }
}

extension ValueFormat {
  /// A choice among the names of an enum's cases; absent by default.
  static func optionalChoice<Choice: RawRepresentable & CaseIterable & Sendable>() -> ValueFormat
  where Value == Choice?, Choice.RawValue == String {
    let choice = ValueFormat<Choice>.choice
    return ValueFormat(
      typeName: choice.typeName, allowed: choice.allowed,
      read: { (text) throws(ValueProblem) in try choice.read(text) },
      write: { $0?.rawValue ?? "" })
  }
}

extension ValueFormat where Value == Bool {
  /// `true` or `false`.
  static let flag = ValueFormat(
    typeName: "flag", allowed: "true, false",
    read: { (text) throws(ValueProblem) in
      guard let value = Bool(text) else { throw .malformed(expected: "true or false") }
      return value
    },
    write: { String($0) })
}

extension ValueFormat where Value == Int {
  /// A whole number in `range`.
  static func integer(_ range: ClosedRange<Int>) -> ValueFormat {
    bounded("integer", range, read: { Int($0) }, write: { String($0) }, expected: "a whole number")
  }

  /// A number of bytes in `range`: `64MiB`.
  static func size(_ range: ClosedRange<Int>) -> ValueFormat {
    bounded(
      "size", range, read: { UnitScale.bytes.read($0) }, write: { UnitScale.bytes.write($0) },
      expected: "a size such as 64MiB (units B, KiB, MiB, GiB)")
  }
}

extension ValueFormat where Value == Duration {
  /// A duration in `range`: `250ms`.
  static func duration(_ range: ClosedRange<Duration>) -> ValueFormat {
    bounded(
      "duration", range,
      read: { text in UnitScale.milliseconds.read(text).map { .milliseconds($0) } },
      write: { UnitScale.milliseconds.write(Int($0.wholeMilliseconds)) },
      expected: "a duration such as 250ms (units ms, s, m, h, d)")
  }

  /// A number of seconds in `range`, for a key that has the unit in its name: `20`, or `20s`.
  static func seconds(_ range: ClosedRange<Int>) -> ValueFormat {
    bounded(
      "seconds", .seconds(range.lowerBound) ... .seconds(range.upperBound),
      read: { text in (Int(text) ?? Int(text.dropLast(text.hasSuffix("s") ? 1 : 0))).map { .seconds($0) } },
      write: { String($0.components.seconds) },
      expected: "a whole number of seconds")
  }
}

extension ValueFormat where Value == Duration? {
  /// A duration in `range`, or `off`.
  static func durationOrOff(_ range: ClosedRange<Duration>) -> ValueFormat {
    let duration = ValueFormat<Duration>.duration(range)
    return ValueFormat(
      typeName: "duration", allowed: duration.allowed.map { "off, or \($0)" },
      read: { (text) throws(ValueProblem) in text == "off" ? nil : try duration.read(text) },
      write: { $0.map { duration.write($0) } ?? "off" })
  }
}

extension ValueFormat where Value: Comparable {
  private static func bounded(
    _ typeName: String, _ range: ClosedRange<Value>,
    read: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String,
    expected: String
  ) -> ValueFormat {
    let allowed = "\(write(range.lowerBound)) to \(write(range.upperBound))"
    return ValueFormat(
      typeName: typeName, allowed: allowed,
      read: { (text) throws(ValueProblem) in
        guard let value = read(text) else { throw .malformed(expected: expected) }
        guard range.contains(value) else { throw .outOfRange(allowed: allowed) }
        return value
      },
      write: write)
  }
}
