internal import Ingest
internal import Logging
internal import WireProtocol

/// The only table of keys. `--help`, `spec/configuration.md`, reading and checking of values, and the check
/// for unknown keys all use it.
enum SettingTable {
  /// All keys, in the order in which help and reference show them.
  static let all =
    listening + encryption + security + storage + writing + keeping + limits + timeouts + operation

  /// The families of keys that operators name.
  static let families = [SettingFamily.mappings]

  /// All keys, and an example of each family, as documents list them.
  static let documented = all + families.map(\.example)

  /// The keys by name.
  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// Whether the value of the key `name` may hold a secret. True for an unknown key.
  static func isSecret(_ name: String) -> Bool { setting(called: name)?.secrecy != .open }

  /// Returns the setting called `name`, which may be a former name, or a name of a family; nil when there is none.
  static func setting(called name: String) -> Setting? {
    byName[FormerKey.byName[name]?.replacement ?? name]
      ?? families.lazy.compactMap { $0.setting(called: name) }.first
  }

  private static let listening: [Setting] = [
    Setting("tcp.host", \.tcp.host, .text, "Address that producers connect to"),
    Setting(
      "tcp.port", \.tcp.port, .integer(0...65_535), "Port that producers connect to; 0 takes a free port"),
    Setting("tcp.loops", \.loops, .integer(1...64), "Threads that serve the sockets of producers"),
    Setting("http.host", \.http.host, .text, "Address of the HTTP server"),
    Setting(
      "http.port", \.http.port, .integer(0...65_535), "Port of the HTTP server; 0 takes a free port"),
    Setting(
      "http.connections", \.httpLimits.connections, .integer(1...100_000),
      "Simultaneous connections to the HTTP server. When one more arrives, the oldest connection "
        + "without an open request is closed. While all connections have open requests, 32 more are "
        + "answered on `/livez`, `/readyz`, `/health` and `/metrics`"),
    Setting(
      "http.body.bytes", \.httpLimits.bodyBytes, .size(64 << 10...1 << 30),
      "Largest body of a request in bytes, as it is sent and as it is expanded"),
    Setting(
      "http.body.memory", \.httpLimits.bodyMemory, .size(64 << 10...64 << 30),
      "Bytes of all bodies that the HTTP server is receiving or expanding"),
    Setting(
      "http.page.bytes", \.httpLimits.pageBytes, .size(64 << 10...1 << 30),
      "Payload bytes of a page of events; the rest follows on the next page"),
    Setting(
      "http.page.memory", \.httpLimits.pageMemory, .size(1 << 20...64 << 30),
      "Bytes of all pages of events that wait to be sent to their clients"),
    Setting(
      "http.search.budget", \.httpLimits.searchBudget, .duration(.milliseconds(10) ... .seconds(60)),
      "Time after which a search or a count gives what it has found; its cursor goes on from there. While batches wait "
        + "for their commit, part of the time is pauses"),
    Setting(
      "http.search.connections", \.httpLimits.searchConnections, .integer(1...64),
      "Connections to the database for searches and counts; other requests do not wait for them"),
    Setting(
      "http.timeouts.receive", \.httpLimits.receive, .duration(.milliseconds(100) ... .seconds(600)),
      "Time within which a connection must send its first request, a header must arrive, and a body "
        + "must make progress"),
    Setting(
      "http.timeouts.idle", \.httpLimits.idle, .duration(.milliseconds(100) ... .seconds(3_600)),
      "Time that a connection may wait for its next request; set it longer than the idle timeout of a "
        + "load balancer in front"),
    Setting(
      "http.publish.partial", \.publishesPartially, .flag,
      "Whether `/publish` stores the valid events of a request and records the bad ones as dead events, "
        + "unless the request has `partial`; otherwise a request with a bad event is refused as a whole"),
    Setting(
      "http.compat.array", \.httpLimits.hasBareArrays, .flag,
      "Answer `GET /events` with a bare array unless the request has `format`, for older clients"),
    Setting(
      "http.compat.accepted", \.httpLimits.answersAccepted, .flag,
      "Answer publishing requests with 202 instead of 200 after the commit, for clients of older aggregators"),
    Setting(
      "http.cors.origins", \.origins, .origins,
      "Origins whose web pages may read responses, separated by commas; unset allows none"),
    Setting(
      "tail.poll", \.tail.poll, .duration(.milliseconds(10) ... .seconds(60)),
      "Interval at which a server with subscribers to the live tail polls for new events, once for all "
        + "subscribers"),
    Setting(
      "tail.subscribers", \.tail.subscribers, .integer(1...10_000),
      "Simultaneous subscribers to the live tail"),
    Setting(
      "tail.buffer", \.tail.buffer, .size(64 << 10...1 << 30),
      "Bytes of events that may wait for one subscriber; a subscriber with more is disconnected"),
  ]

  private static let encryption: [Setting] = [
    Setting(
      "tls.certificate", \.tls.certificate, .path,
      "File with the server's certificate (PEM), followed by the authorities between it and the root. With "
        + "it, producers and HTTP clients must use TLS. Read again when it changes, and on SIGHUP"),
    Setting(
      "tls.key", \.tls.key, .path,
      "File with the private key of the certificate (PEM, not encrypted), which others should not be able to "
        + "read"),
    Setting(
      "tls.client.ca", \.tls.clientAuthorities, .path,
      "File with the authorities that sign client certificates (PEM). With it, producers and HTTP clients "
        + "are asked for a certificate, which logs in the principal that it names"),
    Setting(
      "tls.client.required", \.tls.requiresClientCertificate, .flag,
      "Refuse producers and HTTP clients without a client certificate"),
    Setting(
      "http.tls", \.tls.coversHTTP, .flag,
      "Whether the HTTP server speaks TLS when `tls.certificate` is set; `false` for a server behind a proxy with "
        + "TLS on the same machine"),
    Setting("tls.minimum", \.tls.minimum, .choice, "Lowest version of TLS"),
  ]

  private static let security: [Setting] = [
    Setting(
      "auth.credentials", \.credentials, .path,
      "File with the principals and their keys, which `sluiced credentials` writes. It is read at the start, "
        + "when it changes, and on SIGHUP. When unset, everybody who reaches the server may use it"),
    Setting(
      "auth.adopt", \.adoptsProducers, .flag,
      "Make a principal the owner of a producer that was registered without credentials. Turn it on while "
        + "producers change to keys, then off"),
    Setting(
      "insecure.open", \.isInsecurelyOpen, .flag,
      "Permit a server without credentials to listen beyond loopback addresses, so that everybody who reaches "
        + "it may publish and read"),
    Setting(
      "http.hosts", \.httpHosts, .hosts,
      "Names of the HTTP server that the `Host` field of a request may have, separated by commas, besides "
        + "loopback names and the address in `http.host`. When unset and `http.host` is a wildcard address: any "
        + "name"),
  ]

  private static let storage: [Setting] = [
    Setting(
      "database.url", \.database.url, .connectionString,
      "Postgres connection string or URI; when unset, the server runs a private embedded Postgres. The "
        + "variable `DATABASE_URL` works too. A password is accepted only from the environment or a file",
      secrecy: .connectionString),
    Setting(
      "database.citus", \.database.citus, .optionalChoice(),
      "Tables that the extension Citus distributes over its workers. `sluiced migrate --citus` moves the table `events` "
        + "to the workers, `sluiced migrate --citus=off` brings it back. A server starts only if the database is as "
        + "this key says; when unset, it takes the database as it is"),
    Setting("store.schema", \.database.schema, .identifier, "Schema that holds all tables"),
    Setting(
      "store.isolation", \.database.isolation, .choice,
      "Isolation level of the writers' transactions"),
    Setting(
      "data.dir", \.dataDirectory, .text,
      "Directory of the embedded Postgres; one daemon at a time may use it"),
    Setting(
      "store.payload.type", \.database.payloadType, .choice,
      "Column type of payloads, fixed when the schema is made; `json` returns the bytes that were sent"),
    Setting(
      "store.index", \.database.eventIndex, .choice,
      "Index for queries by topic and time, made at the next start, during which ingest waits. `spans` "
        + "costs ingest a few percent, `btree` more. `none` costs nothing, but queries of rare topics are "
        + "slow. With tens of thousands of topics at a time `btree` is the better choice. The server that "
        + "started last decides for all servers"
    ),
  ]

  private static let writing: [Setting] = [
    Setting(
      "writers.count", \.writers, .integer(1...64),
      "Writer threads, each with its own database connection"),
    Setting(
      "writers.strategy", \.commitStrategy, .choice,
      "Commit strategy of the writers. `auto`: each writer chooses by its latest groups. A group that "
        + "fails with `directCopy` or `lookupThenCopy` is committed by a safer strategy; `stagedInsert` "
        + "always works"),
    Setting(
      "writers.dedup.keys", \.recentKeys, .integer(0...100_000_000),
      "Keys that the dedup cache remembers as stored, so that their duplicates never reach the "
        + "database; at most 43 bytes each"),
    Setting(
      "queue.bytes", \.queue.bytes, .size(1 << 20...64 << 30),
      "Raw bytes of the batches that wait for the database"
    ),
    Setting(
      "queue.batches", \.queue.batches, .integer(16...1_000_000),
      "Batches that wait for the database"),
    Setting(
      "writers.group.events", \.group.events, .integer(1...1_000_000),
      "Most events that are committed in one transaction"),
    Setting(
      "writers.group.bytes", \.group.bytes, .size(64 << 10...1 << 30),
      "Most raw bytes that are committed in one transaction"),
    Setting(
      "writers.group.delay", \.group.delay, .duration(.zero ... .seconds(1)),
      "Time that a transaction waits for more batches after its first batch"),
    Setting(
      "conflicts.detect", \.database.detectsConflicts, .flag,
      "Count the duplicates whose payload differs from the stored payload; this takes 20-30% of the "
        + "database's time"),
    Setting(
      "ingest.memory", \.ingestMemory, .size(1 << 20...1 << 40),
      "Bytes of the queue, of groups that are being formed and of batches on their way to the queue, "
        + "together"),
    Setting(
      "ingest.buffers", \.ingestBuffers, .size(1 << 20...64 << 30),
      "Bytes of partly received frames, of waiting bytes and of unread answers of all connections of "
        + "producers together; when they are used up, the slowest connections are closed"),
  ]

  private static let keeping: [Setting] = [
    Setting(
      "ledger.keep", \.retention.ledger, .duration(.seconds(1) ... .seconds(365 * 86_400)),
      "Time for which the database keeps the counts of a batch, in case the batch is sent again"),
    Setting(
      "producers.keep", \.retention.producers, .duration(.seconds(1) ... .seconds(3_650 * 86_400)),
      "Time after its last connection after which a producer is forgotten"),
    Setting(
      "retention.age", \.retention.events, .durationOrOff(.seconds(1) ... .seconds(36_500 * 86_400)),
      "Age after which a stored event is deleted; if it is sent again later, it is stored again"),
    Setting(
      "retention.dead.age", \.retention.deadEvents,
      .durationOrOff(.seconds(1) ... .seconds(36_500 * 86_400)),
      "Age after which a dead event is deleted"),
  ]

  private static let timeouts: [Setting] = [
    Setting(
      "timeouts.handshake", \.timeouts.handshake, .duration(.milliseconds(100) ... .seconds(60)),
      "Time from the connection's start to the end of the handshake"),
    Setting(
      "timeouts.frame", \.timeouts.frame, .duration(.milliseconds(100) ... .seconds(600)),
      "Time within which a frame's body must make progress"),
    Setting(
      "timeouts.heartbeat", \.timeouts.heartbeat, .duration(.milliseconds(100) ... .seconds(600)),
      "Time without output after which the server sends a heartbeat"),
    Setting(
      "timeouts.idle", \.timeouts.idle, .duration(.milliseconds(200) ... .seconds(3_600)),
      "Time without a byte from a producer after which its connection is closed"),
    Setting(
      "timeouts.stall", \.timeouts.stall, .duration(.milliseconds(100) ... .seconds(3_600)),
      "Time that commits fail or batches wait before log, `/health` and metrics show it"),
    Setting(
      "timeouts.drain", \.drain, .duration(.seconds(1) ... .seconds(3_600)),
      "Time that a shutdown may take to commit the accepted batches"),
  ]

  private static let operation: [Setting] = [
    Setting("log.level", \.log.level, .choice, "Lowest level that is logged"),
    Setting("log.format", \.log.format, .choice, "Form of a log line on standard error"),
    Setting(
      "ready.json", \.alwaysPrintsReadyLine, .flag,
      "Print the JSON line of the start on a terminal, too, in place of the text for people"),
  ]
}
