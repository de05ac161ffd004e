/// The rule by which the entries of Loki become events; `spec/insert-routes.md` describes it.
package struct LokiRule: Sendable {
  /// The labels that may name the topic, the first one that a stream has counts.
  package static let topicLabels = ["sluice_topic", "job", "service_name", "app", "application"]
  /// The labels that may name the source, the first one that a stream has counts.
  package static let sourceLabels = ["host", "hostname", "instance", "node_name", "pod"]
  private static let fallback = Array("loki".utf8)

  private let topicLabels: [[UInt8]]
  private let sourceLabels: [[UInt8]]
  private let topic: [UInt8]?
  private let source: [UInt8]?

  /// - Parameters:
  ///   - topicLabel: The label that names the topic; nil for `topicLabels`.
  ///   - topic: The topic of all entries; nil lets the labels decide.
  ///   - source: The source of all entries; nil lets the labels decide.
  package init(topicLabel: String? = nil, topic: String? = nil, source: String? = nil) {
    topicLabels = (topicLabel.map { [$0] } ?? Self.topicLabels).map { Array($0.utf8) }
    sourceLabels = Self.sourceLabels.map { Array($0.utf8) }
    self.topic = topic.map { Array($0.utf8) }
    self.source = source.map { Array($0.utf8) }
  }

  /// The labels of a stream that matter, while they are read.
  struct Names {
    fileprivate var topic: (rank: Int, text: [UInt8])?
    fileprivate var source: (rank: Int, text: [UInt8])?
  }

  /// Records a label with its value.
  func note(_ label: [UInt8], _ text: [UInt8], in names: inout Names) {
    guard !text.isEmpty else { return }
    if let rank = topicLabels.firstIndex(of: label), rank <= names.topic?.rank ?? rank {
      names.topic = (rank, text)
    }
    if let rank = sourceLabels.firstIndex(of: label), rank <= names.source?.rank ?? rank {
      names.source = (rank, text)
    }
  }

  /// Returns the topic and the source of a stream.
  func identity(of names: Names) -> (topic: [UInt8], source: [UInt8]) {
    (topic ?? names.topic?.text ?? Self.fallback, source ?? names.source?.text ?? Self.fallback)
  }
}
