import Ingest

extension MemoryBudget {
  /// Reserves `bytes` for a page that was read, until it is sent and dropped.
  /// - Throws: a 503 problem when too many pages wait for their clients.
  func reservePage(_ bytes: Int) throws(Problem) -> MemoryReservation {
    guard reserve(bytes) else { throw .tooManyAnswers }
    return MemoryReservation(adopting: bytes, of: self)
  }
}
