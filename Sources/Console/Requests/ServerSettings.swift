import Foundation
import TextFormats

/// The HTTP address of a server.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address without a slash at its end, such as `https://events.example.org/sluice`.
  let description: String
  /// Whether connections use TLS.
  let isEncrypted: Bool
  /// Whether the host is written as one that is this machine for certain.
  let isOnThisMachine: Bool

  /// Reads an address; nil unless it is one of HTTP with a host, and without an account, a query and a fragment.
  init?(_ text: String) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty, parts.user == nil,
      parts.query == nil, parts.fragment == nil, (parts.port ?? 1) > 0, (parts.port ?? 1) < 65_536
    else { return nil }
    var text = text
    while text.hasSuffix("/") { text.removeLast() }
    description = text
    isEncrypted = scheme == "https"
    isOnThisMachine = LoopbackHost.contains(host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")))
  }
}

/// The server of a command, and the way to it.
struct ServerSettings: Sendable {
  let address: ServerAddress
  /// The key as text; nil without a key. Must never be shown.
  var key: String?
  /// A file with the authorities that may sign the server's certificate; nil for those of the system.
  var authorities: String?
  /// The file of this client's certificate.
  var certificate: String?
  /// The file of the private key of `certificate`.
  var certificateKey: String?
  /// The longest time until a connection is open, until an answer begins, and between two parts of an answer.
  var timeout = Duration.seconds(30)

  init(address: ServerAddress) {
    self.address = address
  }
}
