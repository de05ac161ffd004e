import Authentication
import Glibc
import HTTPTypes
import Hummingbird
import NIOCore
import Principals
import Synchronization

/// Decides who may use a route: reads the key of a request, or the certificate of its connection, and ends answers
/// whose login has ended.
final class Gatekeeper: Sendable {
  private let services: AccessServices
  private let isEncrypted: Bool
  private let encryption: HTTPEncryption?
  private let failures = Mutex(FailedLogins())
  private let answers = OpenAnswers()

  /// - Parameters:
  ///   - isEncrypted: Whether all connections of the server use TLS.
  ///   - encryption: Knows the certificates of clients; nil when the server itself does not speak TLS.
  init(_ services: AccessServices, isEncrypted: Bool, encryption: HTTPEncryption? = nil) {
    self.services = services
    self.isEncrypted = isEncrypted
    self.encryption = encryption
    services.directory.observe { [answers, directory = services.directory] in
      answers.close { !directory.isCurrent($0, at: CredentialsWatcher.now) }
    }
  }

  /// Returns the login of a request that may use a route with `access`; nil for an open route.
  /// - Throws: 401 without a valid key or certificate, 403 when the key lacks the role or was sent in clear text, 429 after many
  ///   wrong keys.
  func admit(
    _ request: Request, to access: RouteAccess, in context: AdminContext
  ) throws(Problem) -> Login? {
    guard access != .open else { return nil }
    let address = context.channel.remoteAddress
    let login = try login(request, from: address, on: context.channel)
    guard access.admits(login.principal) else {
      services.log.refused(
        .right, "the role \(access.roleName) for HTTP", principal: login.principal.name,
        address: address?.ipAddress)
      throw .roleMissing(access.roleName)
    }
    return login
  }

  /// Returns the answer, which ends with its connection when the login is revoked before the answer is sent.
  func guarded(_ response: Response, by login: Login?, in context: AdminContext) -> Response {
    guard let login else { return response }
    let (answers, directory, channel) = (answers, services.directory, context.channel)
    var response = response
    let body = response.body
    response.body = ResponseBody(contentLength: body.contentLength) { output in
      let number = answers.begin(login, on: channel)
      defer { answers.end(number) }
      // A revocation before `begin` found no answer to close.
      guard directory.isCurrent(login, at: CredentialsWatcher.now) else {
        throw ChannelError.ioOnClosedChannel
      }
      try await body.write(output)
    }
    return response
  }

  /// Logs that a principal may not publish `topic`, and returns the problem.
  func refusal(toPublish topic: String, by login: Login?, in context: AdminContext) -> Problem {
    services.log.refused(
      .right, "a topic that the principal may not publish over HTTP", principal: login?.principal.name,
      address: context.channel.remoteAddress?.ipAddress)
    return .topicNotAllowed(topic)
  }

  /// Returns the login by the key of the request. The certificate of the connection counts only without a key, so that
  /// nobody acts as another principal than the one whose key he sends.
  private func login(
    _ request: Request, from address: SocketAddress?, on channel: any Channel
  ) throws(Problem) -> Login {
    guard let field = request.headers[.authorization] else {
      return try loginByCertificate(on: channel, from: address)
    }
    guard isEncrypted || address?.isLoopback == true else {
      services.log.refused(
        .login, "a key was sent over HTTP without TLS; revoke it", address: address?.ipAddress)
      throw .keyInClearText
    }
    guard let secret = Secret(authorization: field) else { throw refuse("no key of Sluice", nil, address) }
    // The check comes before the limit: nobody can lock out others who share an address, and 256 random bits
    // cannot be guessed at any rate. The limit bounds the work and the log of wrong keys.
    guard let login = services.directory.login(secret, at: CredentialsWatcher.now) else {
      throw refuse("unknown, revoked or ended key", secret.keyID, address)
    }
    return login
  }

  private func loginByCertificate(
    on channel: any Channel, from address: SocketAddress?
  ) throws(Problem) -> Login {
    let names = encryption?.clientNames(on: channel, at: CredentialsWatcher.now) ?? []
    guard !names.isEmpty else { throw .unauthenticated }
    guard let login = services.directory.login(certificateNames: names) else {
      services.log.refused(
        .login, "the names of the client certificate belong to no principal, or to several, over HTTP",
        address: address?.ipAddress)
      throw .unknownCertificate
    }
    return login
  }

  private func refuse(_ reason: String, _ keyID: String?, _ address: SocketAddress?) -> Problem {
    services.log.refused(.login, "\(reason), over HTTP", keyID: keyID, address: address?.ipAddress)
    let isWithinLimit = failures.withLock { $0.add(from: address?.networkBytes ?? [], at: .now) }
    return isWithinLimit ? .wrongKey : .tooManyWrongKeys
  }
}

extension SocketAddress {
  /// Whether the address is this machine.
  var isLoopback: Bool {
    let bytes = addressBytes
    return bytes.count == 4 ? bytes[0] == 127 : bytes.count == 16 && bytes == Self.loopback6
  }

  /// The bytes that name a client: an address of IPv4, or the network of an address of IPv6, whose owner has all
  /// addresses in it.
  fileprivate var networkBytes: [UInt8] {
    let bytes = addressBytes
    return bytes.count == 16 ? Array(bytes.prefix(8)) : bytes
  }

  private static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]

  /// The bytes of an IP address. An IPv4 address within IPv6 has four bytes.
  private var addressBytes: [UInt8] {
    guard let text = ipAddress else { return [] }
    var four = [UInt8](repeating: 0, count: 4)
    if inet_pton(AF_INET, text, &four) == 1 { return four }
    var bytes = [UInt8](repeating: 0, count: 16)
    guard inet_pton(AF_INET6, text, &bytes) == 1 else { return [] }
    let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
    return isMapped ? Array(bytes.suffix(4)) : bytes
  }
}
