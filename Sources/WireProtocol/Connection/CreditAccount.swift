/// The server's side of flow control: what it gave, what was used, and what came back.
///
/// Credit comes back when a batch leaves the server, settled or refused, so that one connection never
/// has more than its window in the queue (`spec/wire-protocol.md`, section 7).
struct CreditAccount {
  private let window: Credit
  private var given: Credit
  private var advertised: Credit
  private var used = Credit(batches: 0, bytes: 0)
  private var outstanding: [UInt64: Int] = [:]

  init(window: Credit) {
    self.window = window
    given = window
    advertised = window
  }

  /// Batches that were taken and have not left.
  var outstandingCount: Int { outstanding.count }

  func isOutstanding(_ sequence: UInt64) -> Bool { outstanding[sequence] != nil }

  /// Takes a batch; false when the client overran its credit.
  mutating func use(_ sequence: UInt64, bytes: Int) -> Bool {
    let (total, overflow) = used.bytes.addingReportingOverflow(UInt64(bytes))
    guard !overflow, total <= advertised.bytes, used.batches < advertised.batches else { return false }
    used = Credit(batches: used.batches + 1, bytes: total)
    outstanding[sequence] = bytes
    return true
  }

  /// The batch left the server. Returns false when it was not there.
  mutating func giveBack(_ sequence: UInt64) -> Bool {
    guard let bytes = outstanding.removeValue(forKey: sequence) else { return false }
    given.batches += 1
    given.bytes += UInt64(bytes)
    return true
  }

  /// The credit to advertise now; nil while too little came back to be worth a frame.
  mutating func takeAdvertisement() -> Credit? {
    let batches = given.batches - advertised.batches
    let bytes = given.bytes - advertised.bytes
    guard batches > 0 || bytes > 0 else { return nil }
    guard outstanding.isEmpty || batches * 4 >= window.batches || bytes * 4 >= window.bytes else {
      return nil
    }
    advertised = given
    return given
  }
}
