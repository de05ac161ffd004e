import Testing

@testable import WireProtocol

struct CreditAccountTests {
  @Test(arguments: [(100, true), (101, false)]) func bytesAreBounded(_ bytes: Int, _ isAllowed: Bool) {
    var account = CreditAccount(window: Credit(batches: 4, bytes: 100))
    let isUsed = account.use(1, bytes: bytes)
    #expect(isUsed == isAllowed)
  }

  @Test func batchesAreBounded() {
    var account = CreditAccount(window: Credit(batches: 2, bytes: 100))
    let used = [1, 2, 3].map { account.use($0, bytes: 1) }
    #expect(used == [true, true, false])
  }

  @Test func whatComesBackCountsOnlyOnceItIsAdvertised() {
    var account = CreditAccount(window: Credit(batches: 1, bytes: 100))
    _ = account.use(1, bytes: 10)
    let returned = [account.giveBack(1), account.giveBack(1)]
    #expect(returned == [true, false])
    let early = account.use(2, bytes: 1)
    #expect(!early)
    let advertised = account.takeAdvertisement()
    #expect(advertised == Credit(batches: 2, bytes: 110))
    let late = account.use(2, bytes: 1)
    #expect(late)
  }

  @Test func littleIsNotWorthAFrameWhileBatchesAreOutstanding() {
    var account = CreditAccount(window: Credit(batches: 8, bytes: 1_000))
    for sequence in 1...4 { _ = account.use(UInt64(sequence), bytes: 1) }
    _ = account.giveBack(1)
    let early = account.takeAdvertisement()
    _ = account.giveBack(2)
    let due = account.takeAdvertisement()
    let again = account.takeAdvertisement()
    #expect((early, due, again) == (nil, Credit(batches: 10, bytes: 1_002), nil))
  }

  @Test(arguments: 0..<20) func aClientThatKeepsToItsCreditIsNeverStuck(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let window = Credit(batches: 8, bytes: 1_000)
    var account = CreditAccount(window: window)
    var (granted, used) = (window, Credit(batches: 0, bytes: 0))
    var outstanding: [UInt64] = []
    for sequence in UInt64(1)...2_000 {
      let size = Int.random(in: 0...750, using: &random)
      while used.batches + 1 > granted.batches || used.bytes + UInt64(size) > granted.bytes {
        guard let leaving = outstanding.indices.randomElement(using: &random) else {
          Issue.record("stuck with nothing outstanding")
          return
        }
        _ = account.giveBack(outstanding.remove(at: leaving))
        granted = account.takeAdvertisement() ?? granted
      }
      let isUsed = account.use(sequence, bytes: size)
      #expect(isUsed)
      used = Credit(batches: used.batches + 1, bytes: used.bytes + UInt64(size))
      outstanding.append(sequence)
      #expect(outstanding.count <= Int(window.batches))
    }
  }
}
