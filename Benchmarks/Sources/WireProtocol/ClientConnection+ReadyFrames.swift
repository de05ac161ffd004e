extension ClientConnection {
  /// Counts a PUBLISH, which the caller sends from its own memory, against the credit.
  public mutating func countPublish(sequence: UInt64, rawLength: Int) {
    useCredit(sequence, rawLength: rawLength)
  }
}
