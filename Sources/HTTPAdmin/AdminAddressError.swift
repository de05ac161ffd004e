/// The HTTP side can not listen where it should. One line: what, where, and what to do.
public struct AdminAddressError: Error, Hashable, CustomStringConvertible {
  /// The error as one line for people.
  public let description: String

  /// Why `host` and `port` can not be listened on.
  init(host: String, port: Int, reason: String) {
    description =
      "cannot listen for HTTP on \(host):\(port): \(reason); check http.host and http.port"
  }
}
