import Dispatch

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

// The spools of a producer that spreads keys, one for each channel: the directory itself for the first
// channel, and the sub-directory `2` for the second (`spec/spool.md`).

extension Producer.Spool {
  /// The spool of the channel with this number, from 1 on.
  func share(_ number: Int) -> Self {
    guard number > 1 else { return self }
    var share = self
    share.directory += "/\(number)"
    return share
  }

  /// Returns the numbers of the shares that the directory has besides the first one, ascending. Runs on a
  /// queue of its own, because it may wait for the disk.
  func furtherShares() async -> [Int] {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "sluice.spool.shares").async {
        continuation.resume(
          returning: (2...KeySpread.mostEndpoints).filter { Self.isDirectory(share($0).directory) })
      }
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
