/// What has to be known of a libpq connection string before libpq sees it
/// (Postgres manual, "Connection Strings").
enum ConnectionString {
  /// Whether a password stands in `text`: in the user part of a URI, or as the value of a keyword
  /// (`password`, `sslpassword`, ...) of either form. In doubt the answer is yes.
  static func holdsPassword(_ text: String) -> Bool {
    userPart(ofURI: text)?.contains(":") == true || namesPasswordKeyword(text)
  }

  private static func userPart(ofURI text: String) -> Substring? {
    guard let scheme = text.firstRange(of: "://") else { return nil }
    let authority = text[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return authority.lastIndex(of: "@").map { authority[..<$0] }
  }

  private static func namesPasswordKeyword(_ text: String) -> Bool {
    let lowercased = text.lowercased()
    return lowercased.ranges(of: "password").contains { range in
      lowercased[range.upperBound...].first { !$0.isWhitespace } == "="
    }
  }
}
