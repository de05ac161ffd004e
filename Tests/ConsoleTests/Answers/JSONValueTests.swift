import Testing
import TextFormats

@testable import Console

@Suite struct JSONValueTests {
  @Test func keepsTheOrderOfMembersAndTheDigitsOfNumbers() throws {
    let text = #"{"z":1.50,"a":[1e3,-0,12345678901234567890],"b":{"c":null,"d":true,"e":""}}"#
    let value = try JSONValue(Array(text.utf8))
    #expect(JSONText.line(value) == text)
    #expect(value["a"]?.elements?.first?.integer == 1_000)
    #expect(value["z"]?.number == 1.5)
    #expect(value["b"]?["d"]?.truth == true)
    #expect(value["none"] == nil)
  }

  @Test func pagesAreIndentedByTwoSpaces() throws {
    let value = try JSONValue(Array(#"{"a":[1,{"b":[]}],"c":{}}"#.utf8))
    #expect(
      JSONText.pages(value) == """
        {
          "a": [
            1,
            {
              "b": []
            }
          ],
          "c": {}
        }
        """)
  }

  @Test(arguments: ["", "{", "[1,", "nul", "1 2", #"{"a" 1}"#, "\"a", "[1}", "<html>", "nan", "0x10"])
  func whatIsNoJSONIsRefused(_ text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(Array(text.utf8)) }
  }

  @Test func nestingThatWouldEndTheStackIsRefused() {
    let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(throws: JSONSyntaxError.self) { try JSONValue(Array(text.utf8)) }
  }
}
