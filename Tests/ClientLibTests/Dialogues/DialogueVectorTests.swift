import SpecVectors
import Testing

@testable import ClientLib
@testable import WireProtocol

/// The pure parts of a producer against `spec/vectors/dialogues.json`: outbox, connection machine and endpoint
/// selector.
struct DialogueVectorTests {
  @Test(arguments: DialogueVector.all) func doesWhatTheVectorSays(_ vector: DialogueVector) throws {
    let client = DialogueClient()
    for (number, step) in vector.steps.enumerated() {
      let outcome = try client.take(step)
      let place: Comment = "step \(number): \(step.does)"
      #expect(outcome.sent == step.sent, place)
      #expect(outcome.told == step.told, place)
      #expect(isWithin(outcome.then, step.then), place)
    }
  }

  @Test func hasVectors() {
    #expect(DialogueVector.all.count >= 20)
  }

  @Test func theSpecificationNamesVectorsThatExist() throws {
    let table = try #require(try repositoryText("spec/client-behaviour.md").split(separator: "## 8.").last)
    let named = table.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map {
      String($0.element)
    }
    .filter { !$0.contains(".") && $0 != "about" }
    #expect(named.count >= 15)
    #expect(named.filter { name in !DialogueVector.all.contains { $0.name == name } } == [])
  }

  /// Whether a decision is the one of the vector, and its pause is within the range of the vector.
  private func isWithin(_ decision: DialogueClient.Decision?, _ words: String?) -> Bool {
    guard let decision, let words else { return decision == nil && words == nil }
    guard words != "give up" else { return decision == .giveUp }
    let range =
      words.split(separator: " ").dropLast().last?.split(separator: "-").compactMap { Int($0) } ?? []
    guard range.count == 2, case .connect(let isRenewed, let pause) = decision else { return false }
    return isRenewed == words.hasPrefix("new identity")
      && (Duration.milliseconds(range[0])...Duration.milliseconds(range[1])).contains(pause)
  }
}
