import HTTPTypes

extension HTTPField.Name {
  /// The IETF draft "The Idempotency-Key HTTP Header Field".
  static let idempotencyKey = known("Idempotency-Key")
  /// WHATWG HTML, "Server-sent events".
  static let lastEventID = known("Last-Event-ID")
  /// RFC 7240.
  static let prefer = known("Prefer")
  /// RFC 7240.
  static let preferenceApplied = known("Preference-Applied")
  /// RFC 8288.
  static let link = known("Link")
  /// W3C Referrer Policy.
  static let referrerPolicy = known("Referrer-Policy")
  /// RFC 7034.
  static let frameOptions = known("X-Frame-Options")

  private static func known(_ name: StaticString) -> HTTPField.Name {
    guard let field = HTTPField.Name("\(name)") else { preconditionFailure("\(name) is no field name") }
    return field
  }
}
