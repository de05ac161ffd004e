import Foundation
import NIOCore
import Testing

@testable import HTTPAdmin

@Suite("JSONWriter")
struct JSONWriterTests {
  private func written(oneLine: Bool = false, _ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(oneLine: oneLine)
    body(&writer)
    return String(buffer: writer.buffer)
  }

  @Test func separatesMembersAndElementsAtEveryLevel() {
    let text = written { writer in
      writer.object { writer in
        writer.member("a", 1)
        writer.member("b") { writer in
          writer.member("c", ["x", "y"])
          writer.member("d", [] as [Int])
        }
        writer.member("e", [[true], [false, true]])
      }
    }
    #expect(text == #"{"a":1,"b":{"c":["x","y"],"d":[]},"e":[[true],[false,true]]}"#)
  }

  @Test(arguments: [
    ("", #""""#),
    ("plain", #""plain""#),
    ("a\"b\\c", #""a\"b\\c""#),
    ("\n\t\r\u{0}\u{1f}\u{7f}", "\"\\n\\u0009\\u000d\\u0000\\u001f\u{7f}\""),
    ("ä€😀/", "\"ä€😀/\""),
    ("\u{2028}", "\"\u{2028}\""),
  ])
  func escapesOnlyWhatMustBeEscaped(_ text: String, _ json: String) throws {
    let written = written { $0.value(text) }
    #expect(written == json)
    #expect(try JSONDecoder().decode(String.self, from: Data(written.utf8)) == text)
  }

  @Test(arguments: [
    (0.0, "0.0"), (-1.5, "-1.5"), (1e300, "1e+300"), (1e-7, "1e-07"),
    (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
  ])
  func writesNumbersThatJSONCanHold(_ number: Double, _ json: String) throws {
    let written = written { $0.value(number) }
    #expect(written == json)
    if number.isFinite {
      #expect(try JSONDecoder().decode(Double.self, from: Data(written.utf8)) == number)
    }
  }

  @Test(arguments: [Int64.min, -1, 0, .max])
  func writesWholeNumbersInFull(_ number: Int64) {
    #expect(written { $0.value(number) } == String(number))
  }

  @Test func writesNullForWhatIsAbsent() {
    #expect(written { $0.value(nil as String?) } == "null")
    #expect(written { $0.value(7 as Int?) } == "7")
  }

  @Test func leavesRawJSONAsItIs() {
    let json = "{ \"a\":\n\t1.50e+2 ,\r\n\"b\":\"\\u00e4\"}"
    #expect(written { $0.raw(Array(json.utf8)) } == json)
  }

  @Test(arguments: [
    ("{\"a\":\n1}", "{\"a\": 1}"),
    ("\n[\r\n1]\n", " [  1] "),
    ("{}", "{}"),
    ("\"a\\nb\"", "\"a\\nb\""),
  ])
  func keepsRawJSONOnOneLine(_ json: String, _ line: String) {
    #expect(written(oneLine: true) { $0.raw(Array(json.utf8)) } == line)
  }

  @Test func goesOnAfterItsBufferWasTaken() {
    var writer = JSONWriter()
    writer.open(.array)
    writer.value(1)
    let first = writer.takeBuffer()
    writer.value(2)
    writer.close(.array)
    #expect(String(buffer: first) + String(buffer: writer.takeBuffer()) == "[1,2]")
    #expect(writer.buffer.readableBytes == 0)
  }

  @Test func beginsAnewOnEachLine() {
    let text = written { writer in
      writer.value(1)
      writer.endLine()
      writer.value(2)
      writer.endLine()
    }
    #expect(text == "1\n2\n")
  }
}
