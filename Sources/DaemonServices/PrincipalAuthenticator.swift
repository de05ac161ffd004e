internal import Authentication
internal import Ingest
public import Principals
public import SocketIO
internal import Synchronization
public import TCPIngest
public import WireProtocol

/// The principals of the credentials file, as the ingest port asks for them.
public final class PrincipalAuthenticator: ConnectionAuthenticator {
  private let directory: PrincipalDirectory
  private let log: SecurityLog
  private let changeCount = Atomic<UInt64>(1)

  /// An authenticator that follows the changes of `directory` and logs refusals to `log`.
  public init(_ directory: PrincipalDirectory, log: SecurityLog) {
    self.directory = directory
    self.log = log
    directory.observe { [self] in changeCount.wrappingAdd(1, ordering: .relaxed) }
  }

  /// A number that rises with each change of credentials, and when a key reaches its end.
  public var changes: UInt64 { changeCount.load(ordering: .relaxed) }

  /// Returns a challenge with a nonce from the random generator of the system.
  public func makeChallenge() -> Challenge {
    var generator = SystemRandomNumberGenerator()
    return Challenge(nonce: .random(using: &generator))
  }

  /// Checks a proof against the credentials of now.
  public func authenticate(
    _ attempt: AuthAttempt, channelBinding: [UInt8], peer: SocketAddress?
  ) -> (any ConnectionPrincipal)? {
    let message = attempt.transcript.message(channelBinding: channelBinding)
    let login = directory.login(
      keyID: attempt.keyID, proof: attempt.proof.bytes, over: message, at: CredentialsWatcher.now)
    guard let login, let key = login.key else {
      log.refused(
        .login, "the key is not known or not valid, or the proof is wrong", keyID: attempt.keyID,
        address: peer?.description)
      return nil
    }
    guard mayPublish(login, keyID: key.id, peer: peer) else { return nil }
    return PublishingPrincipal(login, directory)
  }

  /// Looks up the names of a client certificate in the credentials of now.
  public func recognise(
    certificateNames names: [String], peer: SocketAddress?
  ) -> (any ConnectionPrincipal)? {
    guard let login = directory.login(certificateNames: names) else {
      log.refused(
        .login, "the names of the client certificate belong to no principal, or to several",
        address: peer?.description)
      return nil
    }
    return mayPublish(login, keyID: nil, peer: peer) ? PublishingPrincipal(login, directory) : nil
  }

  private func mayPublish(_ login: Login, keyID: String?, peer: SocketAddress?) -> Bool {
    if login.principal.roles.contains(.publish) { return true }
    log.refused(
      .right, "the role publish is missing", principal: login.principal.name, keyID: keyID,
      address: peer?.description)
    return false
  }

  /// Logs a topic or a producer that a principal may not use.
  public func refused(_ error: WireError, to principal: any ConnectionPrincipal, peer: SocketAddress?) {
    log.refused(.right, error.code.name, principal: principal.name, address: peer?.description)
  }
}

/// A principal that may publish, as it logged in on one connection.
private struct PublishingPrincipal: ConnectionPrincipal {
  let name: String
  let topics: TopicGate?
  let quota: PublishQuota
  private let login: Login
  private let directory: PrincipalDirectory

  init(_ login: Login, _ directory: PrincipalDirectory) {
    name = login.principal.name
    topics = TopicGate(login.principal.publishTopics)
    quota = login.principal.quota
    self.login = login
    self.directory = directory
  }

  func renewed() -> (any ConnectionPrincipal)? {
    guard let present = directory.renewed(login, at: CredentialsWatcher.now),
      present.principal.roles.contains(.publish)
    else { return nil }
    return PublishingPrincipal(present, directory)
  }

  func serverProof(over message: [UInt8]) -> Bytes32 {
    guard let key = login.key else { preconditionFailure("a login by certificate proves no key") }
    return Bytes32(key.serverProof(over: message))
  }
}

extension TopicGate {
  /// The gate for these rights; nil when they permit every topic.
  fileprivate init?(_ rights: TopicRights) {
    guard let bounds = rights.bounds else { return nil }
    self.init(names: bounds.names, prefixes: bounds.prefixes)
  }
}
