internal import TextFormats

/// A value that can write itself as JSON.
protocol JSONWritable {
  /// Writes exactly one value.
  func write(to writer: inout JSONWriter)
}

extension String: JSONWritable {
  func write(to writer: inout JSONWriter) { writer.string(self) }
}

extension Int: JSONWritable {
  func write(to writer: inout JSONWriter) { writer.token(String(self)) }
}

extension Int64: JSONWritable {
  func write(to writer: inout JSONWriter) { writer.token(String(self)) }
}

extension Double: JSONWritable {
  /// Writes the number. Infinities and NaN become null, because JSON has neither (RFC 8259, section 6).
  func write(to writer: inout JSONWriter) { writer.token(isFinite ? description : "null") }
}

extension Bool: JSONWritable {
  func write(to writer: inout JSONWriter) { writer.token(self ? "true" : "false") }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  func write(to writer: inout JSONWriter) {
    guard let self else { return writer.token("null") }
    self.write(to: &writer)
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  func write(to writer: inout JSONWriter) {
    writer.array { writer in
      for element in self { writer.value(element) }
    }
  }
}

extension UTCTime: JSONWritable {
  func write(to writer: inout JSONWriter) { writer.string(text) }
}
