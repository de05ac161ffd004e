import Foundation
import Ingest
import Testing

/// Compares the validator with another parser, on generated texts.
///
/// The two agree on syntax. They differ on purpose about numbers above a limit, `\u0000`, half surrogate
/// pairs and depth, which this test ignores, and Foundation accepts a comma before a closing bracket. Texts
/// that Foundation takes for UTF-16 or a byte order mark are not generated.
struct JSONAgainstFoundationTests {
  private static let fragments: [[UInt8]] =
    [
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\\"", "0", "1", "-", "+", ".", "e", "E", "12345678", " ",
      "\n", "\t",
      "true", "false", "null", "nul", "\\u00e9", "\\ud83d\\ude00", "\\n", "\\x", "a", "ü", "😀", "/", "'",
      "\u{1F}", "\u{7F}",
    ].map { Array($0.utf8) } + [[0x80], [0xC3], [0xE2, 0x82], [0xFF], [0xED, 0xA0, 0x80]]

  @Test(arguments: 0..<24 as Range<UInt64>)
  func agreesOnMutatedTexts(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let check = JSONValidator(depth: 128, exponent: 300)
    var accepted = 0
    for _ in 0..<400 {
      var text = Self.value(levels: 3, using: &random)
      for _ in 0..<Int.random(in: 0...2, using: &random) { Self.mutate(&text, using: &random) }
      let fault = check.fault(in: 0..<text.count, of: text.span.bytes)
      switch fault {
      case nil:
        accepted += 1
        #expect(foundationAccepts(text), "seed \(seed): accepted \(shown(text))")
      case .payloadSyntax, .payloadText:
        if hasTrailingComma(text) { continue }
        #expect(!foundationAccepts(text), "seed \(seed): refused \(shown(text))")
      default:
        continue
      }
    }
    #expect((50...350).contains(accepted), "the texts must be neither all good nor all bad")
  }

  private func foundationAccepts(_ text: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
  }

  private func hasTrailingComma(_ text: [UInt8]) -> Bool {
    let dense = text.filter { !" \t\n\r".utf8.contains($0) }
    return zip(dense, dense.dropFirst()).contains { $0 == 0x2C && ($1 == 0x5D || $1 == 0x7D) }
  }

  private func shown(_ text: [UInt8]) -> String {
    String(validating: text, as: UTF8.self).map { String(reflecting: $0) } ?? "\(text)"
  }

  private static func mutate(_ text: inout [UInt8], using random: inout SeededGenerator) {
    let place = Int.random(in: 0...text.count, using: &random)
    let end = min(place + Int.random(in: 0...3, using: &random), text.count)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: text.removeSubrange(place..<end)
    case 1: text.replaceSubrange(place..<end, with: fragments.randomElement(using: &random) ?? [])
    default: text.insert(contentsOf: text[place..<end], at: Int.random(in: 0...text.count, using: &random))
    }
  }

  private static func value(levels: Int, using random: inout SeededGenerator) -> [UInt8] {
    switch Int.random(in: 0..<(levels > 0 ? 8 : 5), using: &random) {
    case 0: return Array(["true", "false", "null"].randomElement(using: &random)?.utf8 ?? "".utf8)
    case 1: return Array("\(Int.random(in: -99_999_999_999...99_999_999, using: &random))".utf8)
    case 2: return Array("\(Double.random(in: -1e6...1e6, using: &random))".utf8)
    case 3, 4: return string(using: &random)
    case 5: return list("[", "]", using: &random) { value(levels: levels - 1, using: &$0) }
    default:
      return list("{", "}", using: &random) {
        string(using: &$0) + Array(":".utf8) + value(levels: levels - 1, using: &$0)
      }
    }
  }

  private static func string(using random: inout SeededGenerator) -> [UInt8] {
    let inside = ["a", "key", "12345678", "ü", "日本", "😀", "\\n", "\\u00fc", "\\ud83d\\ude00", " ", "\\\""]
    let count = Int.random(in: 0...4, using: &random)
    let parts = (0..<count).map { _ in inside.randomElement(using: &random) ?? "" }
    return Array("\"\(parts.joined())\"".utf8)
  }

  private static func list(
    _ open: String, _ close: String, using random: inout SeededGenerator,
    element: (inout SeededGenerator) -> [UInt8]
  ) -> [UInt8] {
    var elements: [[UInt8]] = []
    for _ in 0..<Int.random(in: 0...3, using: &random) { elements.append(element(&random)) }
    let comma = Array([",", ", ", "\n,"].randomElement(using: &random)?.utf8 ?? "".utf8)
    return Array(open.utf8) + Array(elements.joined(separator: comma)) + Array(close.utf8)
  }
}
