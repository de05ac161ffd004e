import Principals
internal import StoreInterface

extension AdminContext {
  /// The topics that the reader may see; nil when it may see all of them.
  var permittedTopics: PermittedTopics? {
    login?.principal.readTopics.bounds.map { PermittedTopics(names: $0.names, prefixes: $0.prefixes) }
  }

  /// Returns whether the reader may see `topic`.
  func mayRead(_ topic: String) -> Bool { login?.principal.readTopics.permit(topic) ?? true }

  /// The owner of what the request publishes: the name of the principal, or "" without credentials.
  var owner: String { login?.principal.name ?? "" }
}

extension TopicList {
  /// Returns the list of the permitted topics. Only the topics of the list are counted.
  func limited(to permitted: PermittedTopics?) -> TopicList {
    guard let permitted else { return self }
    let topics = topics.filter { permitted.contains($0.name) }
    return TopicList(topics: topics, count: topics.count, asOf: asOf)
  }
}

extension TopicNames {
  /// Returns the names of the permitted topics. Only these names are counted.
  func limited(to permitted: PermittedTopics?) -> TopicNames {
    guard let permitted else { return self }
    let names = names.filter(permitted.contains)
    return TopicNames(names: names, count: names.count)
  }
}
