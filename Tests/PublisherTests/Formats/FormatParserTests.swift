import Testing

@testable import Publisher

/// The JSON values of records, for each format.
struct FormatParserTests {
  /// The values of records; nil for a record without one. Ends with the problem of the first refused record.
  private func values(_ format: LineFormat, _ records: [String]) -> [String?] {
    var parser = FormatParser(format)
    var values: [String?] = []
    for record in records {
      let bytes = Array(record.utf8)
      do throws(LineProblem) {
        values.append(try parser.value(of: bytes.span.bytes).map { String(decoding: $0, as: UTF8.self) })
      } catch {
        return values + ["! \(error)"]
      }
    }
    return values
  }

  @Test(arguments: [
    (#"level=info msg="all is well" n=3"#, #"{"level":"info","msg":"all is well","n":"3"}"#),
    ("  cached  a=1 ", #"{"cached":true,"a":"1"}"#), ("a=", #"{"a":""}"#), ("", "{}"),
    ("url=http://h/?q=1", #"{"url":"http://h/?q=1"}"#),
    (#"a="x\"y\\z\n\t""#, #"{"a":"x\"y\\z\u000a\u0009"}"#),
    (#"a="\u00e4\ud83d""#, "{\"a\":\"ä\u{FFFD}\"}"), (#"a="\uD83D\uDE00!""#, #"{"a":"😀!"}"#),
    (#"a="\uD83D\u0041\uDE00""#, "{\"a\":\"\u{FFFD}A\u{FFFD}\"}"),
    (#"a="\uD83Dx""#, "{\"a\":\"\u{FFFD}x\"}"), ("ä=ö", #"{"ä":"ö"}"#), ("a=1\r", #"{"a":"1"}"#),
    ("=1", "! expected a name at byte 1"), (#"a"b"#, "! expected = at byte 2"),
    (#"a="b"#, "! a value that begins at byte 3 has no end"), (#"a="\q""#, "! an unknown escape at byte 4"),
    (#"a="\u12""#, "! expected four hexadecimal digits at byte 9"),
  ]) func readsLogfmt(_ line: String, _ value: String) {
    #expect(values(.logfmt, [line]) == [value])
  }

  @Test(
    arguments: [
      (["a,b", "1,2", ",\r"], [nil, #"{"a":"1","b":"2"}"#, #"{"a":"","b":""}"#]),
      (["a,", #""x, ""y""",2"#], [nil, #"{"a":"x, \"y\"","column_2":"2"}"#]),
      (["a", "\"line\nend\""], [nil, #"{"a":"line\u000aend"}"#]),
      (["a,b", "1"], [nil, "! the record has 1 fields, but the header has 2"]),
      (["a,b", "1,2,3"], [nil, "! the record has 3 fields, but the header has 2"]),
      (["a", "\"x"], [nil, "! a field that begins at byte 1 has no end"]),
      (["a", "\"x\"y"], [nil, "! expected a comma at byte 4"]),
      (["a", "x\"y"], [nil, "! a quotation mark at byte 2 in a field that does not begin with one"]),
      (["a,a"], ["! two columns of the header have the same name"]),
    ] as [([String], [String?])]) func readsCSV(_ records: [String], _ expected: [String?])
  {
    #expect(values(.csv, records) == expected)
  }

  /// The examples of RFC 5424, section 6.5, and RFC 3164, section 5.4, are among them.
  @Test(arguments: [
    (
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \u{FEFF}'su root' failed on /dev/pts/8",
      #"{"facility":"auth","severity":"crit","timestamp":"2003-10-11T22:14:15.003Z","#
        + #""hostname":"mymachine.example.com","appname":"su","msgid":"ID47","message":"'su root' failed on /dev/pts/8"}"#
    ),
    (
      #"<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [a@32473 iut="3" q="\"\]\\\x"][b@1]"#,
      #"{"facility":"local4","severity":"notice","timestamp":"2003-10-11T22:14:15.003Z","hostname":"h","#
        + #""appname":"evntslog","msgid":"ID47","structured_data":{"a@32473":{"iut":"3","q":"\"]\\\\x"},"b@1":{}}}"#
    ),
    ("<0>1 - - - - - -", #"{"facility":"kern","severity":"emerg"}"#),
    (
      "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
      #"{"facility":"auth","severity":"crit","timestamp":"Oct 11 22:14:15","hostname":"mymachine","#
        + #""appname":"su","message":"'su root' failed"}"#
    ),
    (
      "Oct  1 22:14:15 h sshd[42]: Failed password",
      #"{"timestamp":"Oct  1 22:14:15","hostname":"h","appname":"sshd","procid":"42","message":"Failed password"}"#
    ),
    (
      "2026-01-02T03:04:05.123456+00:00 h app: text",
      #"{"timestamp":"2026-01-02T03:04:05.123456+00:00","hostname":"h","appname":"app","message":"text"}"#
    ),
    (
      "Oct  1 22:14:15 h no tag here",
      #"{"timestamp":"Oct  1 22:14:15","hostname":"h","message":"no tag here"}"#
    ),
    ("<13>Use the BFG!", #"{"facility":"user","severity":"notice","message":"Use the BFG!"}"#),
    ("any text", #"{"message":"any text"}"#),
    ("<192>x", "! the priority is not a number from 0 to 191 in <>"),
    ("<x>", "! the priority is not a number from 0 to 191 in <>"),
    ("<1>2 - - - - - -", "! the version of the format is not 1"),
    ("<1>1 - -", "! \"appname\" is missing"),
    ("<1>1 - - - - - x", "! expected structured data or - at byte 16"),
    (#"<1>1 - - - - - [a b="c"#, "! a value that begins at byte 21 has no end"),
    ("<1>1 - - - - - -x", "! expected a space at byte 17"),
  ]) func readsSyslog(_ line: String, _ value: String) {
    #expect(values(.syslog, [line]) == [value])
  }

  @Test(arguments: [
    (LineFormat.raw, "a \"b\"\t\r", #"{"message":"a \"b\"\u0009"}"#), (.ndjson, #" {"a":1} "#, #" {"a":1} "#),
    (.json, "7", "7"), (.ndjson, #"{"a":1}x"#, "! expected the end of the value at byte 8"),
    (.ndjson, #"{"a":}"#, "! expected a JSON value at byte 6"),
  ]) func readsTextAndJSON(_ format: LineFormat, _ line: String, _ value: String) {
    #expect(values(format, [line]) == [value])
  }

  @Test func replacesWhatIsNotText() throws {
    var parser = FormatParser(.raw)
    let bytes: [UInt8] = [0x61, 0xFF, 0x00, 0x62]
    let value = try #require(try parser.value(of: bytes.span.bytes))
    #expect(String(decoding: value, as: UTF8.self) == "{\"message\":\"a\u{FFFD}\u{FFFD}b\"}")
    var json = FormatParser(.ndjson)
    #expect(throws: LineProblem("the value is not UTF-8")) { try json.value(of: bytes.span.bytes) }
  }
}
