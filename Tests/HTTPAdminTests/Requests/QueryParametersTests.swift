import HTTPTypes
import Testing

@testable import HTTPAdmin

@Suite("QueryParameters")
struct QueryParametersTests {
  @Test(
    arguments: [
      ("", nil), ("other=1", nil), ("t=a", "a"), ("t", ""), ("t=", ""), ("t=a=b", "a=b"),
      ("x=1&t=a&y=2", "a"), ("&&t=a&&", "a"), ("t=a+b%20c%2B", "a b c+"), ("%74=a", "a"),
      ("t=%C3%A4%e2%82%ac%F0%9F%98%80", "ä€😀"), ("t=ä", "ä"), ("t=%26%3D%23%2F", "&=#/"), ("T=a", nil),
    ] as [(String, String?)])
  func decodesAValue(_ query: String, _ value: String?) throws {
    #expect(try QueryParameters(query: query).value("t") == value)
  }

  @Test(arguments: [
    "t=%", "t=%4", "t=%4g", "t=%%41", "t=%ff", "t=%C3", "t=%ED%A0%80", "t=%C0%80", "t=%F4%90%80%80",
    "t=a%00b",
  ])
  func refusesAValueThatCannotBeDecoded(_ query: String) throws {
    let problem = #expect(throws: Problem.self) { try QueryParameters(query: query).value("t") }
    #expect(problem?.status == .badRequest)
    #expect(problem?.errors.map(\.place) == [.parameter("t")])
  }

  @Test(arguments: ["u=%ff", "%ff=1", "u=1&u=2", "%00=%00"])
  func ignoresUnknownParameters(_ query: String) throws {
    #expect(try QueryParameters(query: query + "&t=a").value("t") == "a")
  }

  @Test func refusesAParameterThatIsGivenTwice() throws {
    let problem = #expect(throws: Problem.self) { try QueryParameters(query: "t=a&t=a").value("t") }
    #expect(problem?.status == .unprocessableContent)
  }

  @Test(arguments: [("limit=1", 1), ("limit=1000", 1000), ("limit=007", 7), ("", nil)] as [(String, Int?)])
  func readsAnInteger(_ query: String, _ number: Int?) throws {
    #expect(try QueryParameters(query: query).integer("limit", in: 1...1000) == number)
  }

  @Test(arguments: [
    "0", "1001", "-1", "%2B1", "+1", "1.0", "1e2", "0x10", "ten", "", "%D9%A1", "99999999999999999999",
    "1%20",
  ])
  func refusesValuesOutsideTheRange(_ value: String) throws {
    let problem = #expect(throws: Problem.self) {
      try QueryParameters(query: "limit=\(value)").integer("limit", in: 1...1000)
    }
    #expect(problem?.status == .unprocessableContent)
    #expect(
      problem?.errors == [
        Problem.Fault(place: .parameter("limit"), detail: "It must be an integer from 1 to 1000.")
      ])
  }

  @Test(arguments: [(0, false), (1, true), (255, true), (256, false)])
  func boundsANameInUnicodeScalars(_ length: Int, _ isAllowed: Bool) throws {
    let query = "topic=" + String(repeating: "%C3%A4", count: length)
    if isAllowed {
      #expect(try QueryParameters(query: query).eventName("topic")?.unicodeScalars.count == length)
    } else {
      #expect(throws: Problem.self) { try QueryParameters(query: query).eventName("topic") }
    }
  }

  @Test func readsAChoiceOrListsTheChoices() throws {
    let parameters = QueryParameters(query: "format=array&other=xml")
    #expect(try parameters.choice("format", of: EventLayout.self) == .array)
    #expect(try parameters.choice("absent", of: EventLayout.self) == nil)
    let problem = #expect(throws: Problem.self) {
      try parameters.choice("other", of: EventLayout.self)
    }
    #expect(problem?.errors.first?.detail == "It must be \"object\" or \"array\" or \"ndjson\" or \"csv\".")
  }
}
