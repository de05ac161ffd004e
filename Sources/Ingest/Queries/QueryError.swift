/// Why the store could not answer.
public struct QueryError: Error, Hashable, CustomStringConvertible {
  /// What happened, for people.
  public let description: String
  /// Whether the same query may succeed later.
  public let isTransient: Bool

  /// The store failed as `description` says.
  public init(_ description: String, isTransient: Bool) {
    self.description = description
    self.isTransient = isTransient
  }
}
