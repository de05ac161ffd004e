/// How a group's events reach the table.
public enum WritingWay: String, Hashable, Sendable, CaseIterable {
  /// COPY straight into `events`: the quickest, and in vain when one of the keys is stored already.
  case straight
  /// Ask which keys are stored, then as `straight` without them. In vain when another server stores one of
  /// them in between.
  case probe
  /// COPY into a temporary table, then INSERT ... ON CONFLICT DO NOTHING. Never in vain.
  case staged

  /// The way to repeat a group at once that met a stored key.
  var afterCollision: WritingWay {
    self == .straight ? .probe : .staged
  }
}

/// The operator's choice of ways.
public enum WritingChoice: String, Hashable, Sendable, CaseIterable {
  /// By what the writer saw lately.
  case auto
  /// Always first `straight`.
  case straight
  /// Always first `probe`.
  case probe
  /// Always `staged`.
  case staged
}
