/// A client over several connections: its steps, with the frames and the reports of each.
package struct DialogueVector: Decodable, Sendable, CustomStringConvertible {
  package struct Step: Decodable, Sendable {
    package let does: String
    package let hears: HexBytes?
    package let then: String?
    private let sends: [String]?
    private let tells: [String]?

    /// Frames that the client sends at this step.
    package var sent: [String] { sends ?? [] }
    /// Reports to the user at this step.
    package var told: [String] { tells ?? [] }
  }

  package let name: String
  package let steps: [Step]

  package var description: String { name }

  package static let all = VectorFile<DialogueVector>.read("dialogues")
}
