import Ingest
import SocketIO
import SpecVectors
import Synchronization
import TCPIngest
import WireProtocol

/// An authenticator with some keys, whose challenge has a known nonce.
final class TestAuthenticator: ConnectionAuthenticator {
  /// A principal of the test.
  struct Account: Sendable {
    var name: String
    var key: VectorKey
    var topics: TopicGate?
    var quota = PublishQuota.unlimited
    var certificate: String?
  }

  private struct State {
    var accounts: [Account]
    var changes: UInt64 = 1
    var refused: [ErrorCode] = []
    var renewals = 0
  }

  private let state: Mutex<State>
  private let nonce: Bytes32

  init(_ accounts: [Account]) {
    state = Mutex(State(accounts: accounts))
    nonce = Bytes32(accounts[0].key.nonce.bytes)
  }

  convenience init(_ key: VectorKey) { self.init([Account(name: "vectors", key: key)]) }

  var changes: UInt64 { state.withLock { $0.changes } }
  /// The codes of the rights that were refused.
  var refused: [ErrorCode] { state.withLock { $0.refused } }

  /// Number of logins that were looked at again and still hold.
  var renewals: Int { state.withLock { $0.renewals } }

  /// Gives the account of this name other topics.
  func change(_ name: String, to topics: TopicGate?) {
    state.withLock { state in
      for index in state.accounts.indices where state.accounts[index].name == name {
        state.accounts[index].topics = topics
      }
      state.changes += 1
    }
  }

  /// Removes the account of this name.
  func revoke(_ name: String) {
    state.withLock { state in
      state.accounts.removeAll { $0.name == name }
      state.changes += 1
    }
  }

  func makeChallenge() -> Challenge { Challenge(nonce: nonce) }

  func authenticate(
    _ attempt: AuthAttempt, channelBinding: [UInt8], peer: SocketAddress?
  ) -> (any ConnectionPrincipal)? {
    let message = attempt.transcript.message(channelBinding: channelBinding)
    let account = state.withLock { state in state.accounts.first { $0.key.id == attempt.keyID } }
    guard let account, account.key.isClientProof(attempt.proof.bytes, over: message) else { return nil }
    return Login(account: account, authenticator: self)
  }

  func recognise(certificateNames names: [String], peer: SocketAddress?) -> (any ConnectionPrincipal)? {
    let account = state.withLock { state in
      state.accounts.first { $0.certificate.map(names.contains) == true }
    }
    return account.map { Login(account: $0, authenticator: self) }
  }

  func refused(_ error: WireError, to principal: any ConnectionPrincipal, peer: SocketAddress?) {
    state.withLock { $0.refused.append(error.code) }
  }

  private struct Login: ConnectionPrincipal {
    let account: Account
    let authenticator: TestAuthenticator

    var name: String { account.name }
    var topics: TopicGate? { account.topics }
    var quota: PublishQuota { account.quota }

    func renewed() -> (any ConnectionPrincipal)? {
      authenticator.state.withLock { state in
        guard let present = state.accounts.first(where: { $0.name == account.name }) else { return nil }
        state.renewals += 1
        return Login(account: present, authenticator: authenticator)
      }
    }

    func serverProof(over message: [UInt8]) -> Bytes32 { Bytes32(account.key.serverProof(over: message)) }
  }
}

extension VectorKey {
  /// A key of its own for each id.
  static func test(_ id: String) -> VectorKey {
    let secret = Array(id.utf8) + [UInt8](repeating: 7, count: 32 - id.utf8.count)
    return VectorKey(id: id, secret: HexBytes(secret), nonce: HexBytes([UInt8](repeating: 3, count: 32)))
  }

  /// The key as a client uses it on a plain connection.
  var authentication: ClientAuthentication {
    ClientAuthentication(keyID: id, nonce: Bytes32(nonce.bytes)) { transcript in
      Bytes32(self.clientProof(over: transcript.message(channelBinding: [])))
    } isServerProof: { proof, transcript in
      proof.bytes == self.serverProof(over: transcript.message(channelBinding: []))
    }
  }
}
