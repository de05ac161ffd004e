import Foundation

/// Lines of logfmt. Every line is refused or becomes an object of JSON.
enum LogfmtFuzzer: Fuzzer {
  static let name = "logfmt"
  static let longestInput = 512
  static let seeds = [
    #"level=info msg="all is \"well\"\n" elapsed=3ms cached url=http://a/?b=c"#, #"a="\u00e4" b= c=''"#,
    "  x  ",
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    var (parser, object) = (LogfmtParser(), JSONObjectWriter())
    // A refused line is a result, too.
    guard (try? parser.write(Array(input)[...], to: &object)) != nil else { return }
    FormatCheck.isObject(object.bytes)
  }
}

/// Lines of syslog. Every line is refused or becomes an object of JSON.
enum SyslogFuzzer: Fuzzer {
  static let name = "syslog"
  static let longestInput = 512
  static let seeds = [
    #"<165>1 2003-10-11T22:14:15.003Z host app 1 ID47 [a@1 k="v\]"][b@2] \#u{FEFF}message"#,
    "<34>Oct 11 22:14:15 mymachine su[12]: failed", "Oct  1 22:14:15 host tag: text", "<0>1 - - - - - -",
    "2026-01-02T03:04:05.123456+00:00 host sshd[1]: text", "text alone",
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    var (parser, object) = (SyslogParser(), JSONObjectWriter())
    // A refused line is a result, too.
    guard (try? parser.write(Array(input)[...], to: &object)) != nil else { return }
    FormatCheck.isObject(object.bytes)
  }
}

/// Records of CSV: the boundaries of records, and the record after a header.
enum CSVFuzzer: Fuzzer {
  static let name = "csv"
  static let longestInput = 512
  static let seeds = [
    "a,b\n1,2\n", "a,b\r\n\"x\"\"y\",\"line\r\nend\"\r\n", ",\n1,2\n", "a\n\"open",
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    let bytes = Array(input)
    var (parser, object) = (CSVParser(), JSONObjectWriter())
    for record in FormatCheck.records(bytes, .quotedLines) {
      // A refused record is a result, too.
      guard let isEvent = try? parser.write(bytes[record], to: &object), isEvent else { continue }
      FormatCheck.isObject(object.bytes)
    }
  }
}

/// The boundaries of JSON values.
enum ValuesFuzzer: Fuzzer {
  static let name = "values"
  static let longestInput = 512
  static let seeds = [
    #"[{"a":1}, {"b":[2,"]\""]},3 ]"#, "{\"a\":\n{}}\n{}", "1 \"x\" null", "}{", "[]",
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    _ = FormatCheck.records(Array(input), .values)
  }
}

private enum FormatCheck {
  static func isObject(_ bytes: [UInt8]) {
    guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)), object is [String: Any] else {
      preconditionFailure("the result is no object: \(String(decoding: bytes, as: UTF8.self))")
    }
  }

  /// The records of an input, whose ranges must rise.
  static func records(_ bytes: [UInt8], _ kind: RecordBoundary.Kind) -> [Range<Int>] {
    var boundary = RecordBoundary(kind)
    var (start, records) = (0, [Range<Int>]())
    while let record = boundary.record(in: bytes, from: start) {
      precondition(record.next > start && record.range.lowerBound >= start, "a record takes bytes")
      precondition(
        record.range.upperBound <= record.next && record.next <= bytes.count, "a record is within the input")
      records.append(record.range)
      start = record.next
    }
    return records
  }
}
