import Ingest
import Testing

/// A text and the expected error.
struct JSONCase: CustomTestStringConvertible {
  let bytes: [UInt8]
  let fault: DeadReason?

  init(_ text: String, _ fault: DeadReason? = nil) {
    self.init(bytes: Array(text.utf8), fault)
  }

  init(bytes: [UInt8], _ fault: DeadReason?) {
    self.bytes = bytes
    self.fault = fault
  }

  /// Creates a JSON string of these bytes.
  static func string(_ contents: [UInt8], _ fault: DeadReason?) -> JSONCase {
    JSONCase(bytes: [0x22] + contents + [0x22], fault)
  }

  var testDescription: String {
    let text = String(validating: bytes, as: UTF8.self) ?? "\(bytes)"
    return String(reflecting: text)
  }
}

extension JSONCase {
  static let wellFormed: [JSONCase] = [
    "null", "true", "false", "0", "-0", "1", "-1", "12345678", "123456789012345678901234567890",
    "0.0", "-0.5", "1.5", "10.25", "12345678.12345678", "1e0", "1E5", "1e+5", "1e-5", "1.5e10", "0e0",
    "-0e-0",
    "0.00000000000000000001", #""""#, #""a""#, #""1234567""#, #""12345678""#, #""123456789""#,
    #""a string that is a good deal longer than one word""#,
    #""\"""#, #""\\""#, #""\/""#, #""\b\f\n\r\t""#, #""\u0041""#, #""\uabcd\uABCD""#, #""\u0001""#,
    #""\uD83D\uDE00""#, #""\ud800\udc00""#, #""\udbff\udfff""#, #""\uFFFF""#, #""1234567\n12345678""#,
    "\"\u{7F}\"", "\"ü\"", "\"1234567ü\"", "\"12345678ü\"", "\"日本語のテキスト\"", "\"😀\"", "\"\u{10FFFF}\"",
    "\"\u{2028}\"", "\"\u{FEFF}\"", "[]", "{}", "[ ]", "{ }", "[1]", "[1,2]", "[[]]", "[{}]", "[[],{}]",
    "[null,true,false,0,\"\",[],{}]", #"{"a":1}"#, #"{"a":{}}"#, #"{"a":[]}"#, #"{"a":1,"b":2}"#,
    #"{"a":1,"a":2}"#, #"{"":0}"#, #"{"ü":"ü"}"#, #"{"a":{"b":{"c":[1,{"d":null}]}}}"#,
    #"{"\u0061":1}"#, " 1", "1 ", " \t\n\r1\r\n\t ", "[ 1 , 2 ]", "{ \"a\" : 1 , \"b\" : 2 }",
    "[\n  1,\n  2\n]", "{\r\n\t\"a\": [ ]\r\n}", "[1.5,-2,3e4]", "[true]", #"["a","b"]"#,
  ].map { JSONCase($0) }

  static let badSyntax: [JSONCase] = [
    "", " ", "\n", "a", "nul", "nulL", "NULL", "nullx", "null1", "tru", "truE", "True", "fals", "falsy", "f",
    "t",
    "n", "-", "+1", "--1", "- 1", "01", "-01", "00", "0123456789", "1.", "1.e1", ".5", "-.5", "1e", "1e+",
    "1e-",
    "1E+x", "1.5.5", "1e5.5", "1e5e5", "0x10", "1_000", "1 2", "1,", "Infinity", "-Infinity", "NaN", "1a",
    "1-",
    "1+1", "\"", "\"a", "\"12345678", "a\"", "'a'", "\"a\"b", "\"a\" \"b\"", #""\""#, #""\x""#, #""\a""#,
    #""\ ""#, #""\U0041""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u123g""#, #""\u 123""#,
    #""\u+123""#,
    #""\u-001""#, #"\n"#, "\"\n\"", "\"\t\"", "\"a\u{1F}\"", "\"\u{0}\"", "\"1234567\u{0}\"",
    "\"12345678\r\"",
    "[", "]", "[[", "[]]", "[1", "[1,", "[,", "[,]", "[,1]", "[1,]", "[1,,2]", "[1 2]", "[1;2]", "[1}", "[{]",
    "[}",
    "{", "}", "{}}", "{]", "{{}}", "{1:2}", "{a:1}", "{'a':1}", "{\"a\"", "{\"a\":", "{\"a\"}", "{\"a\":}",
    "{\"a\" 1}",
    "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,\"a\":1}", "{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}",
    "{\"a\"::1}",
    "{\"a\":1:2}", "{\"a\",1}", "{\"a\":1]", "{null:1}", "{\"a\":1,2}", "{\"a\":1,null}", "[\"a\":1]",
    "[1:2]", "[]{}",
    "{}[]", "[][]", "//", "/* */1", "1//", "[1]/**/", "#", "\u{C}1", "1\u{B}", "\u{A0}1", "1\u{2003}",
    "\u{FEFF}1",
    "\u{0}", "1\u{0}", "[\u{0}]", "ü", "[ü]", "{ü:1}", "1ü", "😀", "[1,\u{3000}2]", "undefined", "\\u0031",
    "[tru]",
    "[-]", "[01]", "[1.]", "[1e]", "[\"]", "{\"a\":tru}", "{\"a\":01}", "*", "<null>", "[<null>]", "\u{7F}",
  ].map { JSONCase($0, .payloadSyntax) }

  static let badText: [JSONCase] =
    [
      [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x20], [0xC2, 0xC2], [0xDF, 0x7F],
      [0xE0, 0x80, 0xAF],
      [0xE0, 0x9F, 0xBF], [0xE1, 0x80], [0xE1, 0x80, 0x20], [0xE1, 0x20, 0x80], [0xED, 0xA0, 0x80],
      [0xED, 0xBF, 0xBF], [0xEF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
      [0xF0, 0x90, 0x80],
      [0xF0, 0x90, 0x80, 0x20], [0xF1, 0x80, 0x20, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
      [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFE], [0xFF], Array("1234567".utf8) + [0xFF],
      Array("12345678".utf8) + [0xE4], Array("a long enough text before it ".utf8) + [0xC3, 0x28],
    ].map { JSONCase.string($0, .payloadText) } + [
      JSONCase(bytes: [0xFF], .payloadText), JSONCase(bytes: [0x5B, 0xC3, 0x5D], .payloadText),
      JSONCase(bytes: [0x22, 0xC3], .payloadText), JSONCase(bytes: [0x22, 0xF0, 0x9F, 0x98], .payloadText),
      JSONCase(bytes: [0x31, 0xFE, 0xFF], .payloadText),
      JSONCase(bytes: [0xFF, 0xFE, 0x31, 0x00], .payloadText),
      JSONCase(bytes: Array(#"{"a":1,"#.utf8) + [0x22, 0xE4, 0x22, 0x3A, 0x31, 0x7D], .payloadText),
    ]

  static let badEscapes: [JSONCase] = [
    #""\u0000""#, #""a\u0000b""#, #"{"\u0000":1}"#, #""\ud800""#, #""\uDBFF""#, #""\udc00""#, #""\uDFFF""#,
    #""\ud800x""#, #""\ud800\n""#, #""\ud800\u0041""#, #""\ud800\ud800""#, #""\udc00\ud800""#,
    #""\ud800\\udc00""#,
    #""\ud800\u""#, #""\ud83d\ude0""#, #"["\uD83D\uDE00\uD83D"]"#, #""1234567\ud800""#, #"{"a":"\udead"}"#,
  ].map { JSONCase($0, .payloadEscape) }
}
