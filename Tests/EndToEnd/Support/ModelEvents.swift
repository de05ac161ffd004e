import Foundation

/// A stream of events with duplicates, and the rows that must be stored.
struct ModelEvents {
  struct Key: Hashable, Comparable {
    let topic: String
    let id: String

    static func < (one: Key, other: Key) -> Bool { (one.topic, one.id) < (other.topic, other.id) }
  }

  /// The lines to publish, in order.
  private(set) var lines: [String] = []
  /// The rows that the events of each key may leave, of which exactly one is stored: topic, id, microseconds,
  /// source, payload.
  private(set) var rows: [Key: Set<[String?]>] = [:]

  /// A stream of `count` events. `duplicates` of them repeat the key of an earlier event, some at once and
  /// some much later, and half of them have another payload.
  init(count: Int, duplicates: Int, seed: UInt64) {
    var random = Sequence64(state: seed)
    var keys: [Key] = []
    let unique = count - duplicates
    for number in 0..<count {
      let remaining = count - number
      let isNew = keys.isEmpty || Int(random.next() % UInt64(remaining)) < unique - keys.count
      let key: Key
      if isNew {
        key = Key(topic: "topic.\(random.next() % 30)", id: "id-\(keys.count)-é")
        keys.append(key)
      } else {
        let near = random.next() % 2 == 0 ? min(keys.count, 10) : keys.count
        key = keys[keys.count - 1 - Int(random.next() % UInt64(near))]
      }
      add(key, number: number, random.next())
    }
  }

  private mutating func add(_ key: Key, number: Int, _ dice: UInt64) {
    let micros = Int64(1_760_000_000_000_000) + Int64(dice % 1_000_000_000)
    let time = "2025-10-09T08:53:20Z"
    let payload = dice % 7 == 0 ? nil : #"{"n": \#(number), "text": "naïve \"quoted\" \#(dice % 1_000)"}"#
    let field = payload.map { #","payload":\#($0)"# } ?? ""
    lines.append(
      #"{"topic":"\#(key.topic)","event_id":"\#(key.id)","timestamp":"\#(Self.text(micros, time))","source":"s\#(dice % 5)"\#(field)}"#
    )
    rows[key, default: []].insert([key.topic, key.id, "\(micros)", "s\(dice % 5)", payload])
  }

  /// Returns a time in microseconds as ISO 8601. All times are within an hour of `start`.
  private static func text(_ micros: Int64, _ start: String) -> String {
    let (seconds, fraction) = (micros / 1_000_000 - 1_760_000_000, micros % 1_000_000)
    let (minute, second) = ((53 * 60 + 20 + seconds) / 60, (53 * 60 + 20 + seconds) % 60)
    let digits = String(format: "%02d:%02d:%02d.%06d", 8 + minute / 60, minute % 60, second, fraction)
    return start.prefix(11) + digits + "Z"
  }
}

/// A generator whose sequence depends only on its seed (SplitMix64).
struct Sequence64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
