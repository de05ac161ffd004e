/// Checks of a libpq connection string before libpq parses it (Postgres manual, "Connection Strings").
enum ConnectionString {
  /// Whether `text` holds a password: in the user part of a URI, or as the value of a keyword (`password`,
  /// `sslpassword`, ...) in either form. True in doubtful cases.
  static func holdsPassword(_ text: String) -> Bool {
    userPart(ofURI: text)?.contains(":") == true || namesPasswordKeyword(text)
  }

  /// Returns a description of the expected form; nil when `text` can be a connection string.
  ///
  /// The check finds texts that libpq would misread and then repeat in an error message with the password: a
  /// URI with another scheme, and a URI in which the password ends early because one of its characters is not
  /// percent-encoded.
  static func expectation(against text: String) -> String? {
    let schemes = ["postgresql://", "postgres://"]
    if let scheme = schemes.first(where: { text.hasPrefix($0) }) {
      let rest = text.dropFirst(scheme.count)
      let beforeQuery = rest.prefix { $0 != "?" }
      let isAmbiguous =
        beforeQuery.count { $0 == "@" } > 1 || pathHoldsAt(beforeQuery) || beforeQuery.contains("#")
      return isAmbiguous
        ? "a URI whose user name and password are percent-encoded (%40 for @, %2F for /, %3A for :, %23 for #)"
        : nil
    }
    let firstKeyword = text.prefix { $0 != "=" }
    guard firstKeyword.count < text.count, !firstKeyword.contains("://") else {
      return "a URI that begins with postgresql:// or postgres://, or keywords such as host=db dbname=sluice"
    }
    return nil
  }

  private static func pathHoldsAt(_ text: Substring) -> Bool {
    text.firstIndex(of: "/").map { text[$0...].contains("@") } ?? false
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
