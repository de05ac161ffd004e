import Ingest
import Testing

struct JSONValidatorTests {
  /// Bytes around the payload, which must not matter.
  private static let surroundings = [
    ("", ""), ("", "1"), ("", "\""), ("", "}"), ("", "e400"), ("", "\\\"\\u0000"), ("[", "]"), ("\"", "\""),
    ("123", "45678901"), ("{\"a\":", ",\"b\":\"c\"}"), ("\\", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"),
  ]

  private func fault(_ text: [UInt8], depth: Int = 128, exponent: Int = 300) -> DeadReason? {
    JSONValidator(depth: depth, exponent: exponent).fault(in: 0..<text.count, of: text.span.bytes)
  }

  private func fault(_ text: String, depth: Int = 128, exponent: Int = 300) -> DeadReason? {
    fault(Array(text.utf8), depth: depth, exponent: exponent)
  }

  @Test(arguments: JSONCase.wellFormed + JSONCase.badSyntax + JSONCase.badText + JSONCase.badEscapes)
  func findsTheError(_ sample: JSONCase) {
    let check = JSONValidator(depth: 128, exponent: 300)
    for (before, after) in Self.surroundings {
      let bytes = Array(before.utf8) + sample.bytes + Array(after.utf8)
      let range = before.utf8.count..<before.utf8.count + sample.bytes.count
      let fault = check.fault(in: range, of: bytes.span.bytes)
      #expect(fault == sample.fault, "between \(before) and \(after)")
    }
  }

  @Test func aTruncatedTextIsNotWellFormed() {
    for sample in JSONCase.wellFormed where sample.bytes.first == 0x7B || sample.bytes.first == 0x5B {
      for count in 0..<sample.bytes.count where !isSpace(sample.bytes[count...]) {
        #expect(fault(Array(sample.bytes.prefix(count))) != nil, "\(sample.testDescription) cut to \(count)")
      }
    }
  }

  private func isSpace(_ rest: ArraySlice<UInt8>) -> Bool {
    rest.allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  @Test(
    "The first fault in the order of the bytes counts",
    arguments: [
      (#"["\u0000""#, DeadReason.payloadEscape), (#"[1e999,"\u0000"]"#, .payloadNumber),
      (#"[x,"\u0000"]"#, .payloadSyntax),
      (#"[1e999"#, .payloadNumber),
    ])
  func reportsTheFirstError(_ text: String, _ expected: DeadReason) {
    #expect(fault(text) == expected)
  }

  @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 192, 1_024])
  func allowsNestingUpToTheLimit(_ limit: Int) {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
      let levels = open.utf8.filter { $0 == 0x5B || $0 == 0x7B }.count
      guard limit % levels == 0 else { continue }
      func nested(_ count: Int) -> String {
        String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
      }
      #expect(fault(nested(limit / levels), depth: limit) == nil)
      #expect(fault(nested(limit / levels + 1), depth: limit) == .payloadDepth)
    }
    let siblings = "[" + String(repeating: "[],", count: limit * 3) + "[]]"
    #expect(fault(siblings, depth: max(limit, 2)) == nil, "closed levels are free again")
  }

  @Test func remembersWhichLevelsAreObjects() {
    let kinds = (0..<200).map { $0 % 3 == 0 || $0 % 7 == 2 }
    let open = kinds.map { $0 ? "{\"k\":" : "[" }.joined()
    let closers = kinds.reversed().map { $0 ? "}" : "]" }
    #expect(fault(open + "0" + closers.joined(), depth: 200) == nil)
    for level in closers.indices {
      var wrong = closers
      wrong[level] = closers[level] == "}" ? "]" : "}"
      #expect(fault(open + "0" + wrong.joined(), depth: 200) == .payloadSyntax, "closer \(level)")
    }
  }

  @Test(
    "Numbers up to the exponent limit",
    arguments: [
      "1e300", "9.99e300", "1e-300", "-1E+300", "9.99e-300", "0.01e302", "1000e297", "1e0000000000000300",
      "0e300", "0.0e300", "1" + String(repeating: "0", count: 300),
      "0." + String(repeating: "0", count: 299) + "1",
      "0." + String(repeating: "0", count: 400), "1" + String(repeating: "0", count: 400) + "e-400",
      "0." + String(repeating: "0", count: 400) + "1e401", "1." + String(repeating: "3", count: 16_383),
    ])
  func acceptsNumbersUpToTheLimit(_ text: String) {
    #expect(fault(text) == nil)
    #expect(fault("[" + text + "]") == nil)
    #expect(fault("-" + text.drop { $0 == "-" } + " ") == nil)
  }

  @Test(
    "Numbers beyond the exponent limit",
    arguments: [
      "1e301", "1e-301", "10e300", "0.1e-300", "-1e301", "0e301", "1e99999999999999999999999999",
      "1e-99999999999999999999",
      "1e200000", "1" + String(repeating: "0", count: 301), "0." + String(repeating: "0", count: 300) + "1",
      "9" + String(repeating: "9", count: 301) + ".5", "1" + String(repeating: "0", count: 400) + "e-99",
      "1." + String(repeating: "3", count: 16_384), "1" + String(repeating: "0", count: 16_384) + "e-16384",
    ])
  func refusesNumbersBeyondTheLimit(_ text: String) {
    #expect(fault(text) == .payloadNumber)
    #expect(fault("[" + text + ",1]") == .payloadNumber)
  }

  @Test(arguments: [1, 2, 5, 8, 9, 300])
  func aLowerExponentLimitHolds(_ limit: Int) {
    #expect(fault("1e\(limit)", exponent: limit) == nil)
    #expect(fault("1e\(limit + 1)", exponent: limit) == .payloadNumber)
    #expect(fault("9" + String(repeating: "0", count: limit), exponent: limit) == nil)
    #expect(fault("9" + String(repeating: "0", count: limit + 1), exponent: limit) == .payloadNumber)
    #expect(fault("0." + String(repeating: "0", count: limit - 1) + "1", exponent: limit) == nil)
    #expect(fault("0." + String(repeating: "0", count: limit) + "1", exponent: limit) == .payloadNumber)
  }

  @Test func findsAnErrorAtEveryPlaceOfAString() {
    for length in 0..<140 {
      for place in 0...length {
        var text = [UInt8](repeating: UInt8(ascii: "x"), count: length + 1)
        text[place] = 0x1F
        #expect(fault([0x22] + text + [0x22]) == .payloadSyntax, "\(place) of \(length)")
        text[place] = 0x20
        #expect(fault([0x22] + text + [0x22]) == nil, "\(place) of \(length)")
      }
    }
  }

  @Test func readsMembersWhereverSixtyFourBytesEnd() {
    for length in 0..<140 {
      let text = String(repeating: "x", count: length)
      for good in [
        #"{"\#(text)":"a","b":12,"c":"d"}"#, #"{"a":"\#(text)","b":"c","d":{"e":"f"}}"#,
        #"{"a": 1,"\#(text)" : "b" , "c":-2.5}"#, #"{"\#(text)\n":"ü","\#(text)":0,"\\":"\#(text)"}"#,
      ] {
        #expect(fault(good) == nil, "\(good)")
      }
      for bad in [
        #"{"\#(text)";"a"}"#, #"{"a":"\#(text)";"b":1}"#, #"{"a":"\#(text)",b":1}"#, #"{"a":"\#(text)","b}"#,
        #"{"a":"\#(text)","#, #"{"a":"\#(text)""#, #"{"\#(text)":12:"c":1}"#, #"{"\#(text)":12,"c"}"#,
        #"{"a":"\#(text)"]"#, #"{"\#(text)":01,"a":1}"#,
      ] {
        #expect(fault(bad) == .payloadSyntax, "\(bad)")
      }
    }
  }

  @Test func knowsEveryByteInAString() {
    for byte in UInt8.min...UInt8.max {
      let expected: DeadReason? =
        switch byte {
        case 0..<0x20: .payloadSyntax
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): .payloadSyntax
        case 0x80...: .payloadText
        default: nil
        }
      for length in 0..<9 {
        let padding = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        #expect(fault([0x22] + padding + [byte] + [0x22]) == expected, "\(byte) after \(length)")
      }
    }
  }
}
