/// The figures of a server from `GET /stats`. A figure that the server does not give is nil.
struct ServerFigures: Hashable, Sendable {
  /// Events per second over the last 1, 10 and 60 s.
  struct Rates: Hashable, Sendable {
    var last1: Double?
    var last10: Double?
    var last60: Double?
  }

  /// Latencies in milliseconds.
  struct Latencies: Hashable, Sendable {
    var p50: Double?
    var p95: Double?
    var p99: Double?
    var most: Double?
  }

  var status = "unknown"
  var version = ""
  var uptimeSeconds: Int?
  var received: Int?
  var unique: Int?
  var duplicate: Int?
  var dead: Int?
  /// Nil while the server does not count conflicts, too.
  var conflicts: Int?
  var topics: Int?
  var accepted = Rates()
  var committed = Rates()
  var acceptLatency = Latencies()
  var commitLatency = Latencies()
  var queueBatches: Int?
  var queueBytes: Int?
  var queueLimitBytes: Int?
  /// The age of the oldest batch in the queue in milliseconds; nil when the queue is empty.
  var queueOldest: Double?
  var writers: Int?
  var busyWriters: Int?
  var connections: Int?
  /// The servers of the database with a sign of life within the last 30 s.
  var aliveServers: Int?

  /// Reads an answer of `GET /stats`.
  init(_ stats: JSONValue) {
    status = stats["status"]?.text ?? status
    version = stats["version"]?.scalar ?? version
    uptimeSeconds = stats["uptime_seconds"]?.integer
    received = stats["received"]?.integer
    unique = stats["unique_processed"]?.integer
    duplicate = stats["duplicate_dropped"]?.integer
    dead = stats["dead"]?.integer
    conflicts = stats["conflicts"]?.integer
    topics = stats["topics_count"]?.integer
    accepted = Rates(stats["throughput"]?["accepted"])
    committed = Rates(stats["throughput"]?["committed"])
    acceptLatency = Latencies(stats["latency_ms"]?["accept"])
    commitLatency = Latencies(stats["latency_ms"]?["commit"])
    let queue = stats["queue"]
    queueBatches = queue?["batches"]?.integer
    queueBytes = queue?["bytes"]?.integer
    queueLimitBytes = queue?["limit_bytes"]?.integer
    queueOldest = queue?["oldest_ms"]?.number
    writers = stats["writers"]?["count"]?.integer
    busyWriters = stats["writers"]?["busy"]?.integer
    connections = stats["connections"]?.integer
    aliveServers = stats["servers"]?.elements.map { $0.filter { $0["alive"]?.truth == true }.count }
  }
}

extension ServerFigures.Rates {
  init(_ rates: JSONValue?) {
    last1 = rates?["per_second_1s"]?.number
    last10 = rates?["per_second_10s"]?.number
    last60 = rates?["per_second_60s"]?.number
  }
}

extension ServerFigures.Latencies {
  init(_ latencies: JSONValue?) {
    p50 = latencies?["p50"]?.number
    p95 = latencies?["p95"]?.number
    p99 = latencies?["p99"]?.number
    most = latencies?["max"]?.number
  }
}
