/// The frames of a server, in the words of `spec/vectors/connections.json`. This type reads frames itself, so
/// that it does not share the product's mistakes.
package struct ServerWords {
  private var bytes: [UInt8] = []
  private var hasPreface = false
  private let key: VectorKey?
  private var clientBytes: [UInt8] = []
  private var challenge: [UInt8] = []
  /// Words so far.
  package private(set) var words: [String] = []

  /// - Parameter key: the key that the server asks for.
  package init(key: VectorKey? = nil) { self.key = key }

  /// Notes bytes that the client sends, which the proof of the server covers.
  package mutating func sent(_ client: [UInt8]) { clientBytes += client }

  /// Adds the next bytes of the server.
  package mutating func append(_ more: [UInt8]) {
    bytes += more
    if !hasPreface {
      guard bytes.count >= 8, bytes[0] == 0x89 else { return }
      hasPreface = true
      words.append("preface")
      bytes.removeFirst(8)
    }
    while bytes.count >= 24, bytes.count >= 24 + Int(integer(0, 4)) {
      let length = Int(integer(0, 4))
      if bytes[4] == 2 { challenge = Array(bytes.prefix(24 + length)) }
      words += frame(type: bytes[4], sequence: integer(8, 8), bytes: Array(bytes.prefix(24 + length)))
      bytes.removeFirst(24 + length)
    }
  }

  /// Notes that the server closed.
  package mutating func end() {
    if words.last?.hasPrefix("ended") == true { return }
    words.append(!hasPreface && !bytes.isEmpty ? "rejected" : "ended")
  }

  private func integer(_ offset: Int, _ size: Int) -> UInt64 {
    bytes[offset..<(offset + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func frame(type: UInt8, sequence: UInt64, bytes frame: [UInt8]) -> [String] {
    switch type {
    case 2: return ["challenge"]
    case 4: return [isProven(frame) ? "welcome proven" : "welcome"]
    case 6 where bytes[24] == 2:
      return (0..<Int(integer(26, 2))).map { entry in
        let start = 48 + Int(bytes[25]) * entry
        return "committed \(integer(start, 8))" + (bytes[start + 24] & 1 == 1 ? " replay" : "")
      }
    case 8:
      let number = Int(integer(24, 2))
      let name = VectorCodes.byNumber[number]?.name ?? "\(number)"
      return [bytes[26] == 2 ? "refused \(sequence) \(name)" : "ended \(name)"]
    default: return []
    }
  }

  /// Whether the last option of WELCOME is the right proof.
  private func isProven(_ welcome: [UInt8]) -> Bool {
    guard let key, let hello = VectorFrames.first(type: 1, in: clientBytes),
      let auth = VectorFrames.first(type: 3, in: clientBytes)
    else { return false }
    let transcript = VectorTranscript(hello: hello, challenge: challenge, auth: auth, welcome: welcome)
    return welcome.suffix(36) == [1, 0, 32, 0] + key.serverProof(over: transcript.message)
  }

  /// Returns the words with commits in ascending order, after refusals and before the end, because a server
  /// may acknowledge commits in any order.
  package static func inOrder(_ words: some Sequence<String>) -> [String] {
    let words = Array(words)
    let commits = words.filter { $0.hasPrefix("committed") }.sorted { sequence($0) < sequence($1) }
    var rest = words.filter { !$0.hasPrefix("committed") }
    rest.insert(contentsOf: commits, at: rest.lastIndex { $0.hasPrefix("ended") } ?? rest.count)
    return rest
  }

  private static func sequence(_ word: String) -> UInt64 {
    word.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
  }
}
