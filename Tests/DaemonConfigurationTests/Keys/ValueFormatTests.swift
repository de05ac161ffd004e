import Testing

@testable import DaemonConfiguration

struct ValueFormatTests {
  @Test(arguments: [("1", 1), ("5", 5), ("9", 9)])
  func acceptsBothEndsOfARange(_ text: String, _ value: Int) throws {
    #expect(try ValueFormat.integer(1...9).read(text) == value)
  }

  @Test(arguments: ["0", "10", "-3"])
  func refusesWhatLiesOutside(_ text: String) {
    #expect(throws: ValueProblem.outOfRange(allowed: "1 to 9")) { try ValueFormat.integer(1...9).read(text) }
  }

  @Test(arguments: ["", "x", "1.0", "1e3", "99999999999999999999"])
  func refusesWhatIsNoInteger(_ text: String) {
    #expect(throws: ValueProblem.malformed(expected: "a whole number")) {
      try ValueFormat.integer(1...9).read(text)
    }
  }

  @Test func namesASizeRangeInUnits() {
    #expect(ValueFormat.size(1 << 20...1 << 30).allowed == "1MiB to 1GiB")
    #expect(throws: ValueProblem.outOfRange(allowed: "1MiB to 1GiB")) {
      try ValueFormat.size(1 << 20...1 << 30).read("1023KiB")
    }
  }

  @Test func readsDurationsToTheMillisecond() throws {
    #expect(try ValueFormat.duration(.zero ... .seconds(1)).read("250ms") == .milliseconds(250))
    #expect(ValueFormat.duration(.zero ... .seconds(1)).write(.milliseconds(250)) == "250ms")
  }

  @Test(arguments: ["20", "20s"])
  func readsSecondsWithOrWithoutTheirUnit(_ text: String) throws {
    #expect(try ValueFormat.seconds(1...60).read(text) == .seconds(20))
  }

  @Test(arguments: ["", "s", "20ms", "1m", "1.5"])
  func refusesWhatIsNoNumberOfSeconds(_ text: String) {
    #expect(throws: ValueProblem.malformed(expected: "a whole number of seconds")) {
      try ValueFormat.seconds(1...60).read(text)
    }
  }

  @Test func readsEveryCaseOfAChoice() throws {
    for format in LogFormat.allCases {
      #expect(try ValueFormat<LogFormat>.choice.read(format.rawValue) == format)
    }
    #expect(throws: ValueProblem.malformed(expected: "one of text, json")) {
      try ValueFormat<LogFormat>.choice.read("JSON")
    }
  }

  @Test(arguments: ["sluice", "_s", "a1", String(repeating: "a", count: 63)])
  func acceptsASchemaNameThatNeedsNoQuotes(_ name: String) throws {
    #expect(try ValueFormat.identifier.read(name) == name)
  }

  @Test(arguments: ["", "1a", "Sluice", "a-b", "a b", "a\"b", "é", String(repeating: "a", count: 64)])
  func refusesASchemaNameThatWouldNeedQuotes(_ name: String) {
    #expect(throws: ValueProblem.self) { try ValueFormat.identifier.read(name) }
  }
}
