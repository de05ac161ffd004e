internal import TextFormats

/// The words of a mapping: parameters of a query, words of the field `Sluice-Mapping`, and options of
/// `sluice-publish`.
package enum MappingWord: String, CaseIterable, Sendable {
  case topic
  case topicField = "_topic_field"
  case timeField = "_time_field"
  case idField = "_id_field"
  case source
  case sourceField = "_source_field"
  case payloadField = "_payload_field"
  case drop
  case onError = "_on_error"
}

/// The reason why words are not a mapping.
package struct MappingError: Error, Hashable, Sendable {
  /// The word that is wrong, as given.
  package let word: String
  /// A sentence about the mistake and its remedy.
  package let message: String

  /// Creates an error.
  package init(word: String, message: String) {
    self.word = word
    self.message = message
  }
}

extension EventMapping {
  /// The longest topic or source in Unicode scalars.
  private static let longestName = 255

  /// Reads a mapping.
  /// - Parameters:
  ///   - words: Names and values, decoded. Each name at most once.
  ///   - source: The source when no word names one.
  /// - Throws: the first mistake in the order of the words; then a missing topic.
  package init(words: [(name: String, value: String)], source: String) throws(MappingError) {
    self.init(topic: nil, source: source)
    var given: Set<String> = []
    for (name, value) in words {
      guard let word = MappingWord(rawValue: name) else { throw Self.unknown(name) }
      guard given.insert(name).inserted else {
        throw MappingError(word: name, message: "It is given more than once; give it once.")
      }
      try set(word, to: value)
    }
    guard topic != nil || topicField != nil else {
      throw MappingError(
        word: MappingWord.topic.rawValue,
        message: "It is missing: give topic=NAME for all events, or _topic_field=FIELD to take it from each.")
    }
  }

  private mutating func set(_ word: MappingWord, to value: String) throws(MappingError) {
    switch word {
    case .topic: topic = try Self.name(value, of: word)
    case .source: source = try Self.name(value, of: word)
    case .topicField: topicField = try Self.path(value, of: word)
    case .timeField: timeField = try Self.path(value, of: word)
    case .idField: idField = try Self.path(value, of: word)
    case .sourceField: sourceField = try Self.path(value, of: word)
    case .payloadField: payloadField = try Self.path(value, of: word)
    case .drop:
      switch value {
      case "1", "true": dropsMappedFields = true
      case "0", "false": dropsMappedFields = false
      default: throw MappingError(word: word.rawValue, message: "It must be 1 or 0, not \"\(value)\".")
      }
    case .onError:
      guard let action = BadEventAction(rawValue: value) else {
        throw MappingError(word: word.rawValue, message: "It must be dead or refuse, not \"\(value)\".")
      }
      onError = action
    }
  }

  private static func name(_ value: String, of word: MappingWord) throws(MappingError) -> String {
    let count = value.unicodeScalars.count
    guard (1...longestName).contains(count), !value.utf8.contains(0) else {
      throw MappingError(
        word: word.rawValue,
        message: "It must have 1 to \(longestName) characters without U+0000, not \(count).")
    }
    return value
  }

  private static func path(_ value: String, of word: MappingWord) throws(MappingError) -> FieldPath {
    guard let path = FieldPath(value) else {
      throw MappingError(
        word: word.rawValue,
        message: "It must be the name of a member, or names with one dot between, in at most "
          + "\(FieldPath.longest) bytes.")
    }
    return path
  }

  private static func unknown(_ name: String) -> MappingError {
    let names = MappingWord.allCases.map(\.rawValue)
    let hint =
      NearestName.of(name, among: names).map { " Did you mean \($0)?" }
      ?? " The words are \(names.joined(separator: ", "))."
    return MappingError(word: name, message: "A mapping has no such word.\(hint)")
  }
}
