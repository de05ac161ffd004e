import Foundation
import SpecVectors
import Testing

/// The strength of the vectors: an independent machine that breaks one rule fails at least one of them.
struct VectorStrengthTests {
  @Test func aMachineWrittenFromTheTextAgreesWithAllVectors() {
    #expect(differences(nil) == [])
  }

  @Test func everyRuleBelongsToAKindOfVector() {
    let kinds = [Rule.frames, Rule.server, Rule.client, Rule.resuming, Rule.columns]
    #expect(kinds.flatMap { $0 } == Rule.allCases)
  }

  @Test(arguments: Rule.allCases) func aMachineThatBreaksARuleFailsAVector(_ rule: Rule) {
    #expect(!isMissed(rule), "no vector tells that \(rule.rawValue)")
  }

  @Test func theSpecificationNamesVectorsThatExist() throws {
    let text = try String(contentsOf: repositoryFile("spec/wire-protocol.md"), encoding: .utf8)
    let table = try #require(
      text.split(separator: "These vectors show the rules:").last?.prefix { $0 != "#" })
    let named = table.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map {
      String($0.element)
    }
    let all = Set(ConnectionVector.all.map(\.name) + ServerVector.all.map(\.name))
    #expect(named.count > 10)
    #expect(named.filter { !all.contains($0) } == [])
  }

  @Test func countsTheRulesThatVectorsHold() {
    let caught = Rule.allCases.filter { !isMissed($0) }.count
    print("rules of the wire protocol broken: \(Rule.allCases.count), caught by vectors: \(caught)")
    #expect(caught == Rule.allCases.count)
  }

  private func isMissed(_ rule: Rule) -> Bool { VectorStrength.catcher(of: rule) == nil }

  private func differences(_ rule: Rule?) -> [String] {
    ConnectionVector.all.compactMap { ReferenceAgreement.difference($0, rule) }
      + ServerVector.all.compactMap { ReferenceAgreement.difference($0, rule) }
      + ColumnVector.all.compactMap { ReferenceAgreement.difference($0, rule) }
      + ResumingVector.all.compactMap { ReferenceAgreement.difference($0, rule) }
  }
}

/// The vector that notices a broken rule.
enum VectorStrength {
  /// The first difference between a vector and a machine that breaks `rule`; nil without a difference.
  /// The vectors of both sides must notice a broken rule of frames.
  static func catcher(of rule: Rule) -> String? {
    if Rule.columns.contains(rule) {
      return first(ColumnVector.all) { ReferenceAgreement.difference($0, rule) }
    }
    if Rule.resuming.contains(rule) {
      return first(ResumingVector.all) { ReferenceAgreement.difference($0, rule) }
    }
    let byServer = first(ConnectionVector.all) { ReferenceAgreement.difference($0, rule) }
    if Rule.server.contains(rule) { return byServer }
    let byClient = first(ServerVector.all) { ReferenceAgreement.difference($0, rule) }
    if Rule.client.contains(rule) { return byClient }
    return byServer.flatMap { server in byClient.map { "\(server); \($0)" } }
  }

  private static func first<Vector>(_ vectors: [Vector], _ difference: (Vector) -> String?) -> String? {
    for vector in vectors {
      if let difference = difference(vector) { return difference }
    }
    return nil
  }
}
