/// The numbers that a producer may give to its batches (`spec/wire-protocol.md`, section 5.1).
public enum BatchSequence {
  /// From 1 to the largest number that the ledger's column, a signed 64-bit integer, can hold.
  public static let range: ClosedRange<UInt64> = 1...UInt64(Int64.max)
}
