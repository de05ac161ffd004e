internal import Ingest
internal import Logging
internal import WireProtocol

/// The one table of keys: the source of `--help`, of `spec/configuration.md`, of reading and checking
/// values, and of the check for unknown keys.
enum SettingTable {
  /// All keys, in the order in which help and reference show them.
  static let all = listening + storage + writing + keeping + limits + timeouts + operation

  /// The keys by name.
  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Whether the value of the key `name` may hold a secret; an unknown key's may.
  static func isSecret(_ name: String) -> Bool { byName[name]?.secrecy != .open }

  private static let listening: [Setting] = [
    Setting("tcp.host", \.tcp.host, .text, "Address that producers connect to"),
    Setting(
      "tcp.port", \.tcp.port, .integer(0...65_535), "Port that producers connect to; 0 takes a free one"),
    Setting("http.host", \.http.host, .text, "Address of the HTTP side"),
    Setting("http.port", \.http.port, .integer(0...65_535), "Port of the HTTP side; 0 takes a free one"),
    Setting(
      "http.connections", \.httpLimits.connections, .integer(1...100_000),
      "Connections to the HTTP side at a time; more wait until one is closed"),
    Setting(
      "http.body.bytes", \.httpLimits.bodyBytes, .size(64 << 10...1 << 30), "Bytes of a request's body"),
    Setting(
      "http.body.memory", \.httpLimits.bodyMemory, .size(64 << 10...64 << 30),
      "Bytes of all bodies that the HTTP side is receiving"),
    Setting(
      "http.page.bytes", \.httpLimits.pageBytes, .size(64 << 10...1 << 30),
      "Payload bytes of a page of events; the rest follows on the next page"),
    Setting(
      "http.page.memory", \.httpLimits.pageMemory, .size(1 << 20...64 << 30),
      "Bytes of all pages of events that wait for their clients"),
    Setting(
      "http.cors.origins", \.origins, .origins,
      "Origins whose web pages may read answers, separated by commas; none unless named"),
    Setting(
      "tail.poll", \.tail.poll, .duration(.milliseconds(10) ... .seconds(60)),
      "How often a server with subscribers to the live tail looks for new events, once for all of them"),
    Setting(
      "tail.subscribers", \.tail.subscribers, .integer(1...10_000), "Subscribers to the live tail at a time"),
    Setting(
      "tail.buffer", \.tail.buffer, .size(64 << 10...1 << 30),
      "Bytes of events that may wait for one subscriber; one that falls further behind is dropped"),
  ]

  private static let storage: [Setting] = [
    Setting(
      "database.url", \.database.url, .optionalText,
      "Postgres connection string or URI; without one a private embedded Postgres is run. The variable "
        + "`DATABASE_URL` works too. A password is accepted only from the environment or a file",
      secrecy: .connectionString),
    Setting("database.schema", \.database.schema, .identifier, "Schema that holds all tables"),
    Setting("database.isolation", \.database.isolation, .choice, "Isolation of the writers' transactions"),
    Setting(
      "data.dir", \.dataDirectory, .text,
      "Directory of the embedded Postgres; one daemon at a time may use it"),
    Setting(
      "payload.type", \.database.payloadType, .choice,
      "Column type of payloads, fixed when the schema is made; `json` gives back the bytes that were sent"),
    Setting(
      "events.index", \.database.eventsIndex, .choice,
      "Index for reading by topic and time, made at the next start, during which ingest waits. `spans` costs ingest a "
        + "few percent, `btree` more, `none` nothing, but then rare topics are slow to read; with tens of thousands of "
        + "topics at a time `btree` is the better choice. The server that started last decides for all"
    ),
  ]

  private static let writing: [Setting] = [
    Setting(
      "writers", \.writers, .integer(1...64), "Threads that write, each with its own database connection"),
    Setting(
      "writer.way", \.writerWay, .choice,
      "How events reach their table: `auto` by what the writers see; `staged` always works, `straight` and "
        + "`probe` are tried first where they are chosen"),
    Setting(
      "recent.keys", \.recentKeys, .integer(0...100_000_000),
      "Keys remembered as stored, so that their duplicates never reach the database; 64 to 128 bytes each"),
    Setting("loops", \.loops, .integer(1...64), "Threads that serve the sockets of producers"),
    Setting(
      "queue.bytes", \.queue.bytes, .size(1 << 20...64 << 30), "Raw bytes of batches waiting for the database"
    ),
    Setting("queue.batches", \.queue.batches, .integer(16...1_000_000), "Batches waiting for the database"),
    Setting("group.events", \.group.events, .integer(1...1_000_000), "Events committed in one transaction"),
    Setting(
      "group.bytes", \.group.bytes, .size(64 << 10...1 << 30), "Raw bytes committed in one transaction"),
    Setting(
      "group.delay", \.group.delay, .duration(.zero ... .seconds(1)),
      "How long a transaction waits for more batches once it has one"),
    Setting(
      "conflicts.detect", \.database.detectsConflicts, .flag,
      "Count the duplicates whose payload differs from the stored one, for 20-30% of the database's time"),
    Setting(
      "ingest.memory", \.ingestMemory, .size(1 << 20...1 << 40),
      "Bytes of bodies being received, of the queue and of groups in the making, together"),
  ]

  private static let keeping: [Setting] = [
    Setting(
      "ledger.keep", \.retention.ledger, .duration(.seconds(1) ... .seconds(365 * 86_400)),
      "How long the database knows the counts of a batch, for one that is sent again"),
    Setting(
      "producers.keep", \.retention.producers, .duration(.seconds(1) ... .seconds(3_650 * 86_400)),
      "How long a producer may be away before it is forgotten"),
    Setting(
      "retention.age", \.retention.events, .durationOrOff(.seconds(1) ... .seconds(36_500 * 86_400)),
      "How long after it was stored an event is deleted; one that is sent again after that is stored again"),
    Setting(
      "retention.dead.age", \.retention.deadEvents,
      .durationOrOff(.seconds(1) ... .seconds(36_500 * 86_400)),
      "How long after it was kept aside a dead event is deleted"),
  ]

  private static let limits: [Setting] = [
    Setting(
      "limits.batch.body", \.limits.batch.bodyBytes, .size(64 << 10...1 << 30),
      "Bytes of a frame's body as sent"),
    Setting(
      "limits.batch.raw", \.limits.batch.rawBytes, .size(64 << 10...1 << 30),
      "Bytes of a batch's columns before compression"),
    Setting("limits.batch.events", \.limits.batch.events, .integer(1_000...65_535), "Events in a batch"),
    Setting(
      "limits.batch.dictionary", \.limits.batch.dictionary, .integer(1...65_535),
      "Distinct topics in a batch, and distinct sources"),
    Setting(
      "limits.name.scalars", \.limits.event.nameScalars, .integer(1...255),
      "Unicode scalars in a topic, a source or an event id"),
    Setting(
      "limits.payload.bytes", \.limits.event.payloadBytes, .size(1 << 10...256 << 20), "Bytes of a payload"),
    Setting(
      "limits.json.depth", \.limits.event.jsonDepth, .integer(1...1_024),
      "Levels of arrays and objects in a payload"),
    Setting(
      "limits.json.exponent", \.limits.event.jsonExponent, .integer(1...10_000),
      "Largest magnitude of a number's decimal exponent in a payload"),
    Setting(
      "limits.span", \.limits.span, .integer(64...32_768),
      "Sequences from its base on that a producer may use at a time"),
    Setting(
      "limits.connections", \.limits.connections, .integer(1...1_000_000),
      "Connections of producers at a time"),
    Setting(
      "limits.credit.batches", \.limits.creditBatches, .integer(1...65_535),
      "Batches that a connection may have under way"),
    Setting(
      "limits.credit.bytes", \.limits.creditBytes, .size(64 << 10...64 << 30),
      "Raw bytes that a connection may have under way"),
  ]

  private static let timeouts: [Setting] = [
    Setting(
      "timeouts.handshake", \.timeouts.handshake, .duration(.milliseconds(100) ... .seconds(60)),
      "From connecting to the end of the handshake"),
    Setting(
      "timeouts.frame", \.timeouts.frame, .duration(.milliseconds(100) ... .seconds(600)),
      "Within which a frame's body must make progress"),
    Setting(
      "timeouts.heartbeat", \.timeouts.heartbeat, .duration(.milliseconds(100) ... .seconds(600)),
      "Silence after which the server sends a heartbeat"),
    Setting(
      "timeouts.dead", \.timeouts.dead, .duration(.milliseconds(200) ... .seconds(3_600)),
      "Silence after which a producer counts as dead"),
  ]

  private static let operation: [Setting] = [
    Setting(
      "drain.seconds", \.drain, .seconds(1...3_600),
      "How long a shutdown may take to commit what was accepted"),
    Setting("log.level", \.log.level, .choice, "Lowest level that is logged"),
    Setting("log.format", \.log.format, .choice, "Form of a log line on standard error"),
  ]
}
