import SpecVectors

/// The proofs of section 4.3, with one rule broken if wanted.
struct ReferenceProofs {
  let key: VectorKey
  let broken: Rule?
  var hello: [UInt8] = []
  var challenge: [UInt8] = []
  var auth: [UInt8] = []

  init(_ key: VectorKey, broken: Rule?) {
    (self.key, self.broken) = (key, broken)
  }

  /// Whether a server that knows only the stored key takes this AUTH.
  func isClientProof(keyID: [UInt8], _ proof: [UInt8]) -> Bool {
    if keyID != Array(key.id.utf8), broken != .unknownKey { return false }
    let message = clientMessage
    if broken == .reflectedProof, proof == key.serverProof(over: message) { return true }
    return broken == .clientProof || key.isClientProof(proof, over: message)
  }

  var clientProof: [UInt8] { key.clientProof(over: clientMessage) }

  func isServerProof(_ proof: [UInt8], _ welcome: [UInt8]) -> Bool {
    if broken == .serverProof { return true }
    var transcript = VectorTranscript(
      hello: hello, challenge: challenge, auth: auth, welcome: broken == .welcomeUnderProof ? [] : welcome)
    if broken == .serverLabel { transcript.parts[0] = Array("sluice client proof 1".utf8) }
    return proof == key.serverProof(over: message(transcript, welcome: welcome))
  }

  private var clientMessage: [UInt8] {
    var transcript = VectorTranscript(hello: hello, challenge: challenge, auth: auth)
    if broken == .clientLabel { transcript.parts[0] = Array("sluice server proof 1".utf8) }
    return message(transcript, welcome: nil)
  }

  private func message(_ transcript: VectorTranscript, welcome: [UInt8]?) -> [UInt8] {
    var parts = transcript.parts
    switch broken {
    case .lengthsUnderProof: return parts.flatMap { $0 }
    case .prefacesUnderProof: parts[1...2] = [[], []]
    case .helloUnderProof: parts[3] = []
    case .challengeUnderProof: parts[4] = []
    case .authUnderProof: parts[5] = []
    case .authChecksumIsZero: parts[5].replaceSubrange(20..<24, with: auth[20..<24])
    case .bindingUnderProof: parts.removeLast()
    case .welcomeChecksumIsZero:
      if let welcome { parts[6].replaceSubrange(20..<24, with: welcome[20..<24]) }
    default: break
    }
    var changed = transcript
    changed.parts = parts
    return changed.message
  }
}
