/// The reason why an event cannot be stored. The raw value is stored in `dead_events.reason`.
public enum DeadReason: String, Error, Hashable, CaseIterable {
  /// The topic is empty or longer than its limit in Unicode scalars.
  case topicLength = "topic_length"
  /// The topic is not UTF-8, or contains U+0000.
  case topicText = "topic_text"
  /// The source is empty or longer than its limit in Unicode scalars.
  case sourceLength = "source_length"
  /// The source is not UTF-8, or contains U+0000.
  case sourceText = "source_text"
  /// The event id is empty or longer than its limit in Unicode scalars.
  case eventIDLength = "event_id_length"
  /// The event id is not UTF-8, or contains U+0000.
  case eventIDText = "event_id_text"
  /// The timestamp is outside the years 1 to 9999.
  case timestampRange = "timestamp_range"
  /// The payload is longer than its limit.
  case payloadLength = "payload_length"
  /// The payload is not UTF-8.
  case payloadText = "payload_text"
  /// The payload is not JSON (RFC 8259), an empty payload included.
  case payloadSyntax = "payload_syntax"
  /// The payload is nested deeper than its limit.
  case payloadDepth = "payload_depth"
  /// The decimal exponent of a number is above the limit, so `jsonb` could not store it.
  case payloadNumber = "payload_number"
  /// A string contains `\u0000` or half of a surrogate pair, which Postgres cannot store.
  case payloadEscape = "payload_escape"
  /// The text is not an event: a member is missing, unknown, repeated or of the wrong type, or the text is
  /// not JSON. The payload column holds the whole text. Only HTTP stores such events, with `partial=true`.
  case eventForm = "event_form"
  /// Postgres refused the row with a data error that validation did not foresee.
  case refusedByDatabase = "refused_by_database"
  /// The batch was alone in its group and lost its database connection too often.
  case quarantined = "quarantined"
}
