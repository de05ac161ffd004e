import SpecVectors
import Testing

@testable import WireProtocol

struct TraceTests {
  private static let context = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func readsTheFieldOfW3CTraceContext() throws {
    #expect(try #require(TraceContext(Self.context)).description == Self.context)
  }

  @Test(arguments: [
    "", "00", context + "0", String(context.dropLast()), context.uppercased(), "01" + context.dropFirst(2),
    context.replacing("-", with: "_"), context.replacing("4736", with: "473g"),
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", String(repeating: "ä", count: 27) + "x",
  ])
  func refusesEveryOtherText(_ text: String) {
    #expect(TraceContext(text) == nil)
  }

  /// The batches that a server admits, with their contexts.
  private func contexts(_ vector: ConnectionVector) -> [String: String] {
    var dialogue = ServerDialogue()
    var contexts: [String: String] = [:]
    for step in vector.steps {
      var rest = step.client.bytes[...]
      while !rest.isEmpty {
        let bytes = Array(rest)
        let result = dialogue.machine.receive(bytes.span.bytes, now: dialogue.now)
        rest = rest.dropFirst(result.consumed)
        switch result.action {
        case .register: dialogue.register()
        case .admit(let publish, _):
          if let context = publish.traceContext { contexts["\(publish.sequence)"] = context.description }
        default: break
        }
      }
    }
    return contexts
  }

  static let vectors = ConnectionVector.all.filter { $0.traced != nil }

  @Test(arguments: vectors) func givesBatchesTheContextsOfTheVector(_ vector: ConnectionVector) {
    #expect(contexts(vector) == vector.traced)
  }

  @Test func hasVectors() {
    #expect(Self.vectors.count > 10)
  }

  @Test func aClientSendsTheContextBeforeItsBatch() throws {
    var writer = FrameWriter()
    writer.trace(try #require(TraceContext(Self.context)), sequence: 1)
    let trace = try #require(Self.vectors.first { $0.name == "a TRACE before its PUBLISH" }?.steps.last)
    #expect(trace.client.bytes.starts(with: writer.take()))
  }
}
