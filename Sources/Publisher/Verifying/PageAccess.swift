internal import TLSTransport

/// The choices of a run that also hold for requests to the HTTP port.
struct PageAccess: Sendable {
  /// The choices about TLS, for `https`.
  var tls = TLSClientSettings()
  /// The key as text; nil without a key. Must never be shown.
  var bearer: String?
}

/// The reason why a page was not read.
struct PageError: Error, Hashable {
  /// One line for people.
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
