package import Authentication
public import Ingest
internal import Synchronization

/// A login: a principal, and the key or the certificate by which the server recognised the principal.
public struct Login: Sendable, Hashable {
  /// The principal, with the rights at the time of the login.
  public let principal: Principal
  /// The key that was used; nil for a login by certificate.
  package let key: StoredKey?
  /// The name of the certificate that was used; nil for a login by key.
  public let certificate: String?
}

/// The principals of a running server. The credentials are replaced as a whole, and a login is checked
/// against the newest credentials.
public final class PrincipalDirectory: Sendable {
  /// Credentials, indexed by the name of the principal, the id of the key, and the name of the certificate.
  private struct Snapshot: Sendable {
    let principals: [String: Principal]
    let keys: [String: (principal: Principal, key: StoredKey)]
    let certificates: [String: Principal]

    init(_ credentials: Credentials) {
      let all = credentials.principals
      principals = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
      keys = Dictionary(
        uniqueKeysWithValues: all.flatMap { principal in principal.keys.map { ($0.id, (principal, $0)) } })
      certificates = Dictionary(
        uniqueKeysWithValues: all.compactMap { principal in principal.certificate.map { ($0, principal) } })
    }

    /// Returns the time of the next expiry of a key after `now`, in seconds since 1970; nil when no key
    /// expires.
    func nextExpiry(after now: Int64) -> Int64? {
      keys.values.compactMap(\.key.expires).filter { $0 > now }.min()
    }
  }

  private struct State {
    var snapshot: Snapshot
    var generation: UInt64 = 1
    var nextExpiry: Int64?
    var observers: [@Sendable () -> Void] = []
  }

  private let state: Mutex<State>

  /// Creates a directory with these credentials.
  ///
  /// - Parameter now: The present in seconds since 1970.
  package init(_ credentials: Credentials, at now: Int64) {
    let snapshot = Snapshot(credentials)
    state = Mutex(State(snapshot: snapshot, nextExpiry: snapshot.nextExpiry(after: now)))
  }

  /// The number of the present credentials: 1 at the start, and one more after each replacement.
  public var generation: UInt64 { state.withLock { $0.generation } }

  /// Calls `observer` after each change that may have ended a login: after a replacement, and when a key has
  /// expired. The observer then asks `isCurrent` or `renewed` about each login that it knows. The call is on
  /// the thread that calls `replace` or `expireKeys`, and must not block.
  package func observe(_ observer: @escaping @Sendable () -> Void) {
    state.withLock { $0.observers.append(observer) }
  }

  /// Replaces the credentials, and tells the observers.
  ///
  /// - Parameter now: The present in seconds since 1970.
  /// - Returns: The names, in ascending order, of the principals that were removed, whose rights changed, or
  ///   that lost a key or their certificate.
  @discardableResult
  package func replace(with credentials: Credentials, at now: Int64) -> [String] {
    let snapshot = Snapshot(credentials)
    let (former, observers) = state.withLock { state in
      let former = state.snapshot
      state.snapshot = snapshot
      state.generation += 1
      state.nextExpiry = snapshot.nextExpiry(after: now)
      return (former, state.observers)
    }
    for observer in observers { observer() }
    return former.principals.values.filter { principal in
      guard let present = snapshot.principals[principal.name] else { return true }
      let keepsCertificate = principal.certificate == nil || principal.certificate == present.certificate
      return present.rights != principal.rights || !keepsCertificate
        || !principal.keys.allSatisfy(present.keys.contains)
    }.map(\.name).sorted()
  }

  /// Tells the observers when a key has expired since the last call.
  ///
  /// - Parameter now: The present in seconds since 1970.
  package func expireKeys(at now: Int64) {
    let observers = state.withLock { state in
      guard let next = state.nextExpiry, next <= now else { return [] as [@Sendable () -> Void] }
      state.nextExpiry = state.snapshot.nextExpiry(after: now)
      return state.observers
    }
    for observer in observers { observer() }
  }

  /// Logs in by a proof over a transcript. An unknown key id takes the same work as a wrong proof.
  ///
  /// - Returns: nil when the id is unknown, the proof is wrong, or the key is no longer valid.
  package func login(
    keyID: String, proof: [UInt8], over transcript: [UInt8], at now: Int64
  ) -> Login? {
    login(keyID: keyID, at: now) { $0.accepts(proof: proof, over: transcript) }
  }

  /// Logs in by the secret itself (RFC 6750). An unknown key id takes the same work as a wrong secret.
  ///
  /// - Returns: nil when the secret is not that of a valid key.
  package func login(_ secret: Secret, at now: Int64) -> Login? {
    login(keyID: secret.keyID, at: now) { $0.accepts(secret) }
  }

  /// Logs in by the subject alternative names of a client certificate whose chain was verified.
  ///
  /// - Returns: nil when no principal, or more than one, has one of the names.
  public func login(certificateNames names: [String]) -> Login? {
    let certificates = state.withLock { $0.snapshot.certificates }
    let found = Set(names).filter { certificates[$0] != nil }
    guard found.count == 1, let name = found.first, let principal = certificates[name] else { return nil }
    return Login(principal: principal, key: nil, certificate: name)
  }

  /// Returns the login with the present rights of its principal, for a connection that stays open when rights
  /// change; nil when the key is revoked or expired, the certificate no longer names this principal alone, or
  /// the principal is gone.
  package func renewed(_ login: Login, at now: Int64) -> Login? {
    if let certificate = login.certificate {
      let present = self.login(certificateNames: [certificate])
      return present?.principal.name == login.principal.name ? present : nil
    }
    guard let key = login.key, let entry = state.withLock({ $0.snapshot.keys[key.id] }),
      entry.principal.name == login.principal.name, entry.key.storedKey == key.storedKey,
      entry.key.isValid(at: now)
    else { return nil }
    return Login(principal: entry.principal, key: entry.key, certificate: nil)
  }

  /// Returns whether the login is still valid: the principal has the same rights as at the login, and still
  /// has the key, which has not expired, or the certificate.
  package func isCurrent(_ login: Login, at now: Int64) -> Bool {
    guard let present = state.withLock({ $0.snapshot.principals[login.principal.name] }),
      present.rights == login.principal.rights
    else { return false }
    if let key = login.key {
      return present.keys.contains {
        $0.id == key.id && $0.storedKey == key.storedKey && $0.isValid(at: now)
      }
    }
    return login.certificate != nil && present.certificate == login.certificate
  }

  /// Returns the quotas of those of `principals` that exist and have a bound.
  public func quotas(of principals: Set<String>) -> [String: PublishQuota] {
    let present = state.withLock { $0.snapshot.principals }
    return present.filter { principals.contains($0.key) && $0.value.quota != .unlimited }.mapValues(\.quota)
  }

  private func login(keyID: String, at now: Int64, _ accepts: (StoredKey) -> Bool) -> Login? {
    let entry = state.withLock { $0.snapshot.keys[keyID] }
    let isAccepted = accepts(entry?.key ?? .dummy)
    guard isAccepted, let entry, entry.key.isValid(at: now) else { return nil }
    return Login(principal: entry.principal, key: entry.key, certificate: nil)
  }
}
