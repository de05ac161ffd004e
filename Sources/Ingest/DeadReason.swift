/// Why an event can never be stored. The raw value is what `dead_events.reason` holds.
public enum DeadReason: String, Error, Hashable, CaseIterable {
  /// The topic is empty or longer than its limit in Unicode scalars.
  case topicLength = "topic_length"
  /// The topic is not UTF-8, or holds U+0000.
  case topicText = "topic_text"
  /// The source is empty or longer than its limit in Unicode scalars.
  case sourceLength = "source_length"
  /// The source is not UTF-8, or holds U+0000.
  case sourceText = "source_text"
  /// The event id is empty or longer than its limit in Unicode scalars.
  case eventIDLength = "event_id_length"
  /// The event id is not UTF-8, or holds U+0000.
  case eventIDText = "event_id_text"
  /// The timestamp lies outside the years 1-9999.
  case timestampRange = "timestamp_range"
  /// The payload is longer than its limit.
  case payloadLength = "payload_length"
  /// The payload is not UTF-8.
  case payloadText = "payload_text"
  /// The payload is not JSON (RFC 8259), an empty payload included.
  case payloadSyntax = "payload_syntax"
  /// The payload is nested deeper than its limit.
  case payloadDepth = "payload_depth"
  /// A number's decimal exponent lies outside the limit, so `jsonb` could not hold it.
  case payloadNumber = "payload_number"
  /// A string holds `\u0000` or half of a surrogate pair, which Postgres can not store.
  case payloadEscape = "payload_escape"
  /// Postgres refused the row with a data error that validation did not foresee.
  case refusedByDatabase = "refused_by_database"
  /// The batch, alone in its group, lost its database connection too often.
  case quarantined = "quarantined"
}
