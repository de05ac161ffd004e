import CommandSupport
import Testing

@Suite struct DurationArgumentTests {
  @Test(arguments: [
    ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("90s", .seconds(90)),
    ("5m", .seconds(300)),
    ("1h", .seconds(3_600)), ("7d", .seconds(604_800)), ("36525d", .seconds(3_155_760_000)),
  ])
  func readsADurationAndWritesItAgain(_ text: String, _ duration: Duration) throws {
    let argument = try #require(DurationArgument(argument: text))
    #expect(argument.duration == duration && argument.text == text)
    #expect(argument.defaultValueDescription == text)
  }

  @Test(arguments: [
    "", "s", "10", "0", "1.5s", "-1s", "+1s", "0s", "36526d", "99999999999s", "9223372036854775807d",
  ])
  func refusesOtherTexts(_ text: String) {
    #expect(DurationArgument(argument: text) == nil)
  }
}
