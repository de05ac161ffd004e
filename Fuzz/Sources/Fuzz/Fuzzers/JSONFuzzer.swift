import Foundation
import Ingest

/// The check of payloads, against Foundation's parser, and with other bytes around them.
enum JSONFuzzer: Fuzzer {
  static let name = "json"
  static let longestInput = 256
  static let seeds = [
    #"{"a":[1,-2.5e+10,true,false,null],"b":{"c":"d"}}"#, #""\u00e4\ud83e\udd86\n\\\"/""#, #"[[[[]]]]"#,
    " 0 ", "1e300",
    #"{"größe":"日本語 🦆"}"#, #"["\u0000"]"#, #"["\ud800"]"#, "[1,]", "01", "0.00001234567890e-20", "-0",
  ].map { Array($0.utf8) }

  private static let check = JSONValidator(depth: 6, exponent: 300)

  static func run(_ input: UnsafeRawBufferPointer) {
    let fault = check.fault(in: 0..<input.count, of: input.bytes)
    checkSurroundings(input, fault)
    let isText = String(validating: input, as: UTF8.self) != nil
    if fault == nil { precondition(isText, "accepts what is not UTF-8") }
    if fault == .payloadText { precondition(!isText, "rejects UTF-8 as no text") }
    // Foundation guesses UTF-16 and UTF-32 by zero bytes and by the mark at the start; RFC 8259 knows UTF-8
    // alone.
    guard isText, !input.contains(0), !input.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
    let value = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
    if fault == nil { precondition(value != nil, "accepts what Foundation rejects") }
    if fault == .payloadSyntax, !hasCommaAtAnEnd(input) {
      precondition(value == nil, "rejects what Foundation accepts")
    }
  }

  /// Foundation lets a comma pass after the last element; RFC 8259 does not.
  private static func hasCommaAtAnEnd(_ input: UnsafeRawBufferPointer) -> Bool {
    let marks = input.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return zip(marks, marks.dropFirst()).contains { $0 == 0x2C && ($1 == 0x5D || $1 == 0x7D) }
  }

  /// Checks that the bytes before and after a payload make no difference.
  private static func checkSurroundings(_ input: UnsafeRawBufferPointer, _ fault: DeadReason?) {
    for around in [0x22, 0x30, 0x5D, 0x80] as [UInt8] {
      let padding = [UInt8](repeating: around, count: 9)
      let bytes = padding + input + padding
      let other = check.fault(in: 9..<9 + input.count, of: bytes.span.bytes)
      precondition(other == fault, "between \(around) it is \(other as Any), alone \(fault as Any)")
    }
  }
}
