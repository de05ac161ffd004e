import Testing

@testable import SocketIO

@Suite(.timeLimit(.minutes(2))) struct ResolutionTests {
  @Test func answersAnAddressAtOnce() throws {
    let answered = Counter()
    SocketEndpoint(host: "::1", port: 7).resolve { result in
      if case .success(let addresses) = result, addresses.map(\.description) == ["[::1]:7"] {
        answered.raise()
      }
    }
    #expect(answered.value == 1)
  }

  @Test func resolvesTheNameOfThisMachineToLoopback() async throws {
    let result = await withCheckedContinuation { continuation in
      SocketEndpoint(host: "localhost", port: 7171).resolve { continuation.resume(returning: $0) }
    }
    let addresses = try result.get()
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0.isLoopback && $0.port == 7171 })
    #expect(Set(addresses).count == addresses.count)
    #expect(try SocketEndpoint(host: "localhost", port: 7171).resolveBlocking() == addresses)
  }

  // A label of 64 characters (RFC 1035 allows 63) is refused before any server is asked.
  @Test func saysWhichNameHasNoAddress() async {
    let name = String(repeating: "x", count: 64) + ".invalid"
    let result = await withCheckedContinuation { continuation in
      SocketEndpoint(host: name, port: 1).resolve { continuation.resume(returning: $0) }
    }
    let error = #expect(throws: SocketError.self) { try result.get() }
    #expect(error?.operation == .resolve)
    #expect(error?.place == "\(name):1")
    #expect(error?.reason.isEmpty == false)
  }
}
