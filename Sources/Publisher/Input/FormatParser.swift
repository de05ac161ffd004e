/// Makes the JSON value of a record of any format.
struct FormatParser {
  private let format: LineFormat
  private var object = JSONObjectWriter()
  private var csv = CSVParser()
  private var logfmt = LogfmtParser()
  private var syslog = SyslogParser()

  init(_ format: LineFormat) {
    self.format = format
  }

  /// Returns the value of a record; nil for a record without a value, which the header of CSV is.
  mutating func value(of record: RawSpan) throws(LineProblem) -> [UInt8]? {
    let bytes = record.withUnsafeBytes { Array($0) }
    var line = bytes[...]
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    switch format {
    case .ndjson, .json:
      guard (try? UTF8Span(validating: bytes.span)) != nil else {
        throw LineProblem("the value is not UTF-8")
      }
      var scanner = EventLineScanner()
      scanner.skipSpace(record)
      _ = try scanner.value(record)
      scanner.skipSpace(record)
      guard scanner.peek(record) == nil else { throw .expected("the end of the value", at: scanner.position) }
      return bytes
    case .csv: guard try csv.write(line, to: &object) else { return nil }
    case .logfmt: try logfmt.write(line, to: &object)
    case .syslog: try syslog.write(line, to: &object)
    case .raw:
      object.begin()
      object.member("message".utf8, line)
      object.end()
    }
    return object.bytes
  }
}
