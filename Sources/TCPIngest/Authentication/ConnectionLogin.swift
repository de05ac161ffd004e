import Ingest
import SocketIO
import WireProtocol

/// The login of one connection to a server that asks for keys.
struct ConnectionLogin {
  /// Answer to a proof.
  enum Outcome {
    case accepted
    case refused(WireError)
  }

  let authenticator: any ConnectionAuthenticator
  private let accounts: QuotaAccounts
  /// The principal; nil until its proof was right.
  private(set) var principal: (any ConnectionPrincipal)?
  /// The principal that the certificate of the peer names, until the connection logs in.
  private var recognised: (any ConnectionPrincipal)?
  /// Whether the certificate of the peer was looked at.
  private(set) var isLookedAt = false
  /// Whether the peer proved a key.
  private var hasProvedKey = false
  /// The value of `authenticator.changes` when the rights of the principal were last looked up.
  private var changes: UInt64

  /// Whether the quota is used up, so that no credit is given.
  private(set) var isDelayed = false

  init(_ authenticator: any ConnectionAuthenticator, _ accounts: QuotaAccounts) {
    self.authenticator = authenticator
    self.accounts = accounts
    changes = authenticator.changes
  }

  /// Checks the proof of the client, and counts the connection of its principal.
  mutating func authenticate(_ attempt: AuthAttempt, from transport: any ByteTransport) -> Outcome {
    precondition(principal == nil, "a connection logs in once")
    // Read before the check, so that a change during the check is not missed.
    changes = authenticator.changes
    let found = authenticator.authenticate(
      attempt, channelBinding: transport.channelBinding ?? [], peer: transport.peer)
    guard let found else { return .refused(.notAuthenticated) }
    hasProvedKey = true
    return accept(found, from: transport)
  }

  /// Looks at the certificate of the peer, once, after the handshake of TLS.
  /// - Returns: whether the certificate names a principal that may publish.
  mutating func recognise(_ transport: any ByteTransport) -> Bool {
    precondition(!isLookedAt, "a certificate is looked at once")
    isLookedAt = true
    let names = transport.peerCertificateNames
    guard !names.isEmpty else { return false }
    changes = authenticator.changes
    recognised = authenticator.recognise(certificateNames: names, peer: transport.peer)
    return recognised != nil
  }

  /// Logs in by the certificate, and counts the connection of its principal. The login may have ended since
  /// `recognise`.
  mutating func loginByCertificate(from transport: any ByteTransport) -> Outcome {
    precondition(principal == nil, "a connection logs in once")
    changes = authenticator.changes
    guard let found = recognised?.renewed() else { return .refused(.revoked) }
    return accept(found, from: transport)
  }

  private mutating func accept(_ found: any ConnectionPrincipal, from transport: any ByteTransport) -> Outcome
  {
    recognised = nil
    guard accounts.open(found.name, found.quota) else {
      let error = WireError.tooManyOf(found.quota)
      authenticator.refused(error, to: found, peer: transport.peer)
      return .refused(error)
    }
    principal = found
    return .accepted
  }

  /// Counts the end of the connection. The login cannot be used after it.
  mutating func end() {
    if let principal { accounts.close(principal.name) }
    principal = nil
  }

  /// Counts a batch against the quota.
  /// - Returns: whether the quota is used up by it, after it was not before.
  mutating func count(events: Int, bytes: Int, at now: ContinuousClock.Instant) -> Bool {
    guard let principal, principal.quota.isRated else { return false }
    let isUsedUp = accounts.count(
      events: events, bytes: bytes, of: principal.name, principal.quota, at: now)
    defer { isDelayed = isUsedUp }
    return isUsedUp && !isDelayed
  }

  /// Looks whether a quota that was used up permits more again.
  mutating func refresh(at now: ContinuousClock.Instant) {
    guard isDelayed, let principal else { return }
    isDelayed = accounts.isUsedUp(by: principal.name, at: now)
  }

  /// State of a login that is looked at again.
  enum Renewal {
    case unchanged
    /// The principal has the rights of now.
    case renewed
    case ended
  }

  /// Looks whether the login still holds. Costs one comparison while no login has changed.
  mutating func renew() -> Renewal {
    guard let principal else { return .unchanged }
    let now = authenticator.changes
    guard now != changes else { return .unchanged }
    changes = now
    guard let present = principal.renewed() else { return .ended }
    assert(present.name == principal.name, "a login changes its rights, not its name")
    self.principal = present
    return .renewed
  }

  /// Returns the proof of the server for WELCOME; nil when the client proved no key.
  func serverProof(on transport: any ByteTransport) -> ((HandshakeTranscript) -> Bytes32)? {
    guard let principal, hasProvedKey else { return nil }
    let binding = transport.channelBinding ?? []
    return { principal.serverProof(over: $0.message(channelBinding: binding)) }
  }

  /// Logs an error that tells of a missing right.
  func note(_ error: WireError, peer: SocketAddress?) {
    guard let principal, error.code == .topicNotAllowed || error.code == .producerNotYours else { return }
    authenticator.refused(error, to: principal, peer: peer)
  }
}
