/// Web origins (RFC 6454), written one after the other with commas: `https://example.org,http://localhost:3000`.
struct OriginList {
  /// The origins in `text`; nil when one of them is none.
  static func read(_ text: String) -> [String]? {
    let origins = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    return origins.allSatisfy(isOrigin) ? origins : nil
  }

  /// Scheme, host and perhaps a port, as browsers send them: in lower case, without a path.
  private static func isOrigin(_ text: String) -> Bool {
    guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
    let rest = text.dropFirst(scheme.count)
    return !rest.isEmpty
      && rest.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
          true
        default: false
        }
      }
  }

  private static func trimmed(_ text: Substring) -> String {
    let isSpace: (Character) -> Bool = { $0 == " " }
    return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
  }
}

extension ValueFormat where Value == [String] {
  /// Web origins; none by default.
  static let origins = ValueFormat(
    typeName: "origins", allowed: nil,
    read: { (text) throws(ValueProblem) in
      guard let origins = OriginList.read(text) else {
        throw .malformed(expected: "origins such as https://example.org,http://localhost:3000")
      }
      return origins
    },
    write: { $0.joined(separator: ",") })
}
