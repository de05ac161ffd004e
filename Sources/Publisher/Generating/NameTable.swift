/// Names for generated events, with their bytes in one array.
struct NameTable: Sendable {
  let bytes: [UInt8]
  private let ends: [Int]

  init(_ names: [String]) {
    precondition(!names.isEmpty, "there is a name to choose")
    var bytes: [UInt8] = []
    ends = names.map { name in
      bytes += name.utf8
      return bytes.count
    }
    self.bytes = bytes
  }

  /// Range in `bytes` of the name that `random` chooses.
  func range(choosing random: UInt64) -> Range<Int> {
    let index = Int(random.multipliedFullWidth(by: UInt64(ends.count)).high)
    return (index == 0 ? 0 : ends[index - 1])..<ends[index]
  }

  /// `count` different topics `<prefix><domain>.<entity>.<action>`.
  static func topics(_ count: Int, prefix: String = "") -> NameTable {
    let domains = ["orders", "billing", "identity", "catalog", "shipping", "search", "mail", "fraud"]
    let entities = ["invoice", "customer", "session", "item", "parcel", "payment", "refund", "account"]
    let actions = ["created", "updated", "deleted", "viewed", "failed"]
    return NameTable(
      (0..<count).map { number in
        let domain = domains[number % domains.count]
        let entity = entities[number / domains.count % entities.count]
        let action = actions[number / (domains.count * entities.count) % actions.count]
        let round = number / (domains.count * entities.count * actions.count)
        return "\(prefix)\(domain).\(entity)\(round == 0 ? "" : "\(round)").\(action)"
      })
  }

  /// Sources of generated events.
  static let sources = NameTable([
    "checkout-api", "billing-worker", "edge-gateway", "mobile-backend", "warehouse-sync", "risk-engine",
  ])
}
