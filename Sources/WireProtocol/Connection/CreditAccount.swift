/// The credit of one connection on the server's side: given, used and returned.
///
/// Credit comes back when a batch is answered, committed or refused. Therefore one connection never has more
/// than its window in the queue (`spec/wire-protocol.md`, section 7).
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

  /// Number of batches that were taken and not answered.
  var outstandingCount: Int { outstanding.count }

  func isOutstanding(_ sequence: UInt64) -> Bool { outstanding[sequence] != nil }

  /// Takes a batch.
  /// - Returns: false, with nothing changed, when the credit does not cover the batch.
  mutating func use(_ sequence: UInt64, bytes: Int) -> Bool {
    let (total, overflow) = used.bytes.addingReportingOverflow(UInt64(bytes))
    guard !overflow, total <= advertised.bytes, used.batches < advertised.batches else { return false }
    used = Credit(batches: used.batches + 1, bytes: total)
    precondition(outstanding.updateValue(bytes, forKey: sequence) == nil, "a batch is taken twice")
    assert(UInt64(outstanding.count) <= window.batches, "more batches are outstanding than the window allows")
    return true
  }

  /// Returns the credit of an answered batch.
  /// - Returns: false when the batch is not outstanding.
  mutating func giveBack(_ sequence: UInt64) -> Bool {
    guard let bytes = outstanding.removeValue(forKey: sequence) else { return false }
    given.batches += 1
    given.bytes += UInt64(bytes)
    return true
  }

  /// Returns the credit to advertise now; nil while less than a quarter of the window has come back and
  /// batches are outstanding, because a frame costs more than it gives.
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
