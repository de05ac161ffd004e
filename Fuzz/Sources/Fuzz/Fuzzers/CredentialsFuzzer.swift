import TextFormats

/// The text of a credentials file. What can be read is the same after it was written.
enum CredentialsFuzzer: Fuzzer {
  static let name = "credentials"
  static let longestInput = 1_024
  static let seeds = [
    """
    principals:
      - name: "shop"
        roles: ["publish", "read"]
        certificate: "shop.example"
        publish: {topics: ["orders.*", "audit"]}
        read: {topics: []}
        quota: {events: 100, bytes: 1000000, connections: 3}
        keys:
          - id: "a1"
            stored_key: "\(String(repeating: "A", count: 43))"
            server_key: "\(String(repeating: "_", count: 42))8"
            expires: "2027-01-31T00:00:00Z"
      - name: b
    """,
    "principals: []", "principals: &a [*a]", "{principals: [{name: x, quota: {events: -1}}]}",
    "- ? {}\n  : !!str",
    "principals:\n  - <<: {name: a}\n    name: \"\\U0001F986\"\n", "",
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    guard let text = String(validating: input, as: UTF8.self) else { return }
    let reader = CredentialsReader(path: "credentials")
    do throws(CredentialsError) {
      let credentials = try reader.read(text)
      let written = CredentialsWriter.text(credentials)
      guard let again = try? reader.read(written), again == credentials else {
        preconditionFailure("written and read again, the credentials differ: \(written)")
      }
    } catch .malformed(_, let line, _) {
      // The parser counts several characters as ends of lines, so a text has at most one line for each byte.
      precondition((0...input.count + 1).contains(line), "an error in line \(line) of \(input.count) bytes")
    } catch {
      preconditionFailure("reading a text fails only by the text, not by \(error)")
    }
  }
}
