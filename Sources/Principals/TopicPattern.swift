/// Topics that a rule names: one topic, or all topics with a prefix.
public enum TopicPattern: Hashable, Sendable {
  /// The topic of this name.
  case exact(String)
  /// The topics that begin with this text, byte by byte. The empty prefix is every topic.
  case prefix(String)

  /// Reads a pattern: a text that ends in `*` is a prefix, any other text is a name.
  ///
  /// - Returns: nil when the text is empty, has a `*` before its end, or has U+0000, which no topic has.
  public init?(_ text: String) {
    guard !text.isEmpty, !text.dropLast().utf8.contains(UInt8(ascii: "*")), !text.utf8.contains(0) else {
      return nil
    }
    self = text.hasSuffix("*") ? .prefix(String(text.dropLast())) : .exact(text)
  }

  /// The text of the pattern, which `init` reads.
  public var text: String {
    switch self {
    case .exact(let name): name
    case .prefix(let prefix): prefix + "*"
    }
  }

  /// Returns whether the topic with these bytes of UTF-8 matches.
  public func matches(_ topic: some Collection<UInt8>) -> Bool {
    switch self {
    case .exact(let name): name.utf8.elementsEqual(topic)
    case .prefix(let prefix): topic.starts(with: prefix.utf8)
    }
  }
}

/// The topics that a principal may publish or read.
public enum TopicRights: Hashable, Sendable {
  /// Every topic.
  case all
  /// The topics that match at least one pattern; none for an empty list.
  case only([TopicPattern])

  /// The permitted names, and the permitted beginnings of names, in the order of the patterns; nil for `all`.
  public var bounds: (names: [String], prefixes: [String])? {
    guard case .only(let patterns) = self else { return nil }
    var (names, prefixes): ([String], [String]) = ([], [])
    for pattern in patterns {
      switch pattern {
      case .exact(let name): names.append(name)
      case .prefix(let prefix): prefixes.append(prefix)
      }
    }
    return (names, prefixes)
  }

  /// Returns whether the topic with these bytes of UTF-8 is permitted.
  public func permit(_ topic: some Collection<UInt8>) -> Bool {
    switch self {
    case .all: true
    case .only(let patterns): patterns.contains { $0.matches(topic) }
    }
  }

  /// Returns whether the topic is permitted.
  public func permit(_ topic: String) -> Bool { permit(topic.utf8) }
}
