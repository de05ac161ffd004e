extension ClientConnection {
  /// Counts a PUBLISH against the credit that the caller sends from memory of its own.
  public mutating func countPublish(sequence: UInt64, rawLength: Int) {
    precondition(maySend(rawLength: rawLength), "a batch beyond the credit")
    used.batches += 1
    used.bytes += UInt64(rawLength)
    awaitingAcceptance.append(sequence)
  }
}
