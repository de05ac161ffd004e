/// The batches that a client sends after a WELCOME, by the text of the specification alone.
struct ReferenceResumption {
  struct Batch {
    let sequence: UInt64
    let raw: [UInt8]
    let wasSent: Bool
  }

  struct Outcome: Equatable {
    var settled: [UInt64] = []
    var lineageLoss = false
    var client: [UInt8] = []
  }

  let broken: Rule?
  let base: UInt64
  let highestTold: UInt64
  /// The session of the last WELCOME of this process.
  let session: UInt64?
  let lineage: [String]
  let batches: [Batch]

  func outcome(_ welcome: ReferenceWelcome) -> Outcome {
    var outcome = Outcome()
    outcome.lineageLoss = isLost(welcome)
    var settled = Set(welcome.settled(base: broken == .bitmapFromBase ? 1 : base))
    if broken == .skipsListed { settled = [] }
    if broken == .bitmapAfterLoss, outcome.lineageLoss { settled = [] }
    let unsent = batches.filter { !$0.wasSent }.map(\.sequence)
    var suspects = false
    if let session, broken != .sessionGap {
      let most: UInt64 = broken == .sessionOfOne ? 0 : 1
      suspects = welcome.session > session && welcome.session - session > most
    }
    let known = Set(batches.map(\.sequence))
    let listsUnsent = settled.contains {
      unsent.contains($0) || !known.contains($0) && $0 > (known.max() ?? 0)
    }
    if listsUnsent, broken != .listedUnsent { suspects = true }
    var sends: [Batch] = []
    for batch in batches {
      let counts = batch.wasSent || broken == .newProcess && session == nil || broken == .listedUnsent
      let isListed = settled.contains(batch.sequence) || batch.sequence <= welcome.floor
      if counts, isListed, !suspects || broken == .newProcess {
        outcome.settled.append(batch.sequence)
      } else if !batch.wasSent || broken != .sendsUnsettled {
        sends.append(batch)
      }
    }
    let lowest = sends.map(\.sequence).min() ?? base
    if broken == .ascending { sends.reverse() }
    outcome.client = sends.flatMap { publish($0, base: lowest) }
    return outcome
  }

  private func isLost(_ welcome: ReferenceWelcome) -> Bool {
    let parts: [Rule] = [.lineageSystem, .lineageTimeline, .lineageStore]
    let differs = zip(parts, zip(lineage, welcome.lineage)).contains { $0 != broken && $1.0 != $1.1 }
    if differs { return true }
    if let session, lineage == welcome.lineage, welcome.session <= session, broken != .sessionFell {
      return true
    }
    return welcome.highest < highestTold && broken != .knowsLess
  }

  private func publish(_ batch: Batch, base: UInt64) -> [UInt8] {
    func little(_ value: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
    let prefix: [UInt8] =
      broken == .publishLayout ? little(UInt32(0)) + little(base) : little(base) + little(UInt32(0))
    let body = prefix + batch.raw
    let raw = broken == .publishRawLength ? body.count : batch.raw.count
    let head = little(UInt32(body.count)) + [5, 0, 0, 1] + little(batch.sequence) + little(UInt32(raw))
    let checksum = ReferenceChecksum.of(
      broken == .publishChecksum ? head + body : head + [0, 0, 0, 0] + body)
    return head + little(checksum) + body
  }
}
