import FaultProxy
import Foundation
import TestSupport
import Testing

/// Each fault on real sockets, with a server that sends all received bytes back.
struct FaultProxyTests {
  /// Runs `body` with a client that is connected to an echo server through a proxy.
  private func withConnection(
    plan: @escaping FaultProxy.Plan = { _ in [] }, _ body: (FaultProxy, Peer) async throws -> Void
  ) async throws {
    try await EchoServer.run { server in
      try await FaultProxy.run(to: server.address, speaking: .opaque, plan: plan) { proxy in
        try await body(proxy, try Peer(connectedTo: proxy.address))
      }
    }
  }

  @Test func bytesGoBothWaysUnchanged() async throws {
    try await withConnection { _, client in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      async let answer = client.read(bytes.count)
      await client.write(bytes)
      #expect(await answer == bytes)
      client.endWriting()
      #expect(await client.readToEnd() == [])
    }
  }

  @Test(arguments: [0, 1, 17]) func aCutPassesExactlySoManyBytes(_ count: Int) async throws {
    try await withConnection(plan: { _ in [Fault(.cut, .toClient, .afterBytes(count))] }) { _, client in
      await client.write([UInt8](repeating: 9, count: 40))
      #expect(await client.readToEnd().count == count)
    }
  }

  @Test func onlyThePlannedConnectionIsCut() async throws {
    try await withConnection(plan: { $0 == 1 ? [Fault(.cut, .toServer)] : [] }) { proxy, first in
      let second = try Peer(connectedTo: proxy.address)
      #expect(await second.readToEnd() == [])
      await first.write([1, 2])
      #expect(await first.read(2) == [1, 2])
    }
  }

  @Test func anArmedFaultHappensOnceAndSaysSo() async throws {
    try await withConnection { proxy, client in
      await client.write([1])
      #expect(await client.read(1) == [1])
      let armed = proxy.arm(Fault(.cut, .toServer, .afterBytes(2)))
      await client.write([1])
      #expect(await client.read(1) == [1])
      #expect(!armed.hasHappened)
      await client.write([1])
      _ = await client.readToEnd()
      #expect(armed.hasHappened)
      let next = try Peer(connectedTo: proxy.address)
      await next.write([1, 2, 3])
      #expect(await next.read(3) == [1, 2, 3])
    }
  }

  @Test func ofTwoArmedCutsOneIsForTheNextConnection() async throws {
    try await withConnection { proxy, client in
      let cuts = (0..<2).map { _ in proxy.arm(Fault(.cut, .toServer, .afterBytes(1))) }
      await client.write([1, 2])
      _ = await client.readToEnd()
      #expect(cuts.count(where: \.hasHappened) == 1)
      let next = try Peer(connectedTo: proxy.address)
      await next.write([1, 2])
      _ = await next.readToEnd()
      #expect(cuts.count(where: \.hasHappened) == 2)
    }
  }

  @Test func whatIsDisarmedDoesNotHappen() async throws {
    try await withConnection { proxy, client in
      let cut = proxy.arm(Fault(.cut, .toServer))
      proxy.disarm()
      await client.write([1])
      #expect(await client.read(1) == [1])
      #expect(!cut.hasHappened)
    }
  }

  @Test func aHalfCloseEndsOneDirectionAlone() async throws {
    try await withConnection(plan: { _ in [Fault(.halfClose, .toServer, .afterBytes(3))] }) { _, client in
      await client.write([1, 2, 3, 4, 5])
      #expect(await client.readToEnd() == [1, 2, 3])
    }
  }

  @Test(arguments: Fault.Direction.allCases)
  func aBlackholeHoldsUntilItIsLifted(_ direction: Fault.Direction) async throws {
    try await withConnection { proxy, client in
      await client.write([1])
      #expect(await client.read(1) == [1])
      proxy.blackhole([direction])
      await client.write([2, 3])
      #expect(await client.read(1, within: .milliseconds(100)) == nil)
      proxy.lift()
      #expect(await client.read(2) == [2, 3])
    }
  }

  @Test func aBlackholeOfOneConnectionHoldsThatOne() async throws {
    let plan: FaultProxy.Plan = { $0 == 0 ? [Fault(.blackhole, .toClient, .afterBytes(1))] : [] }
    try await withConnection(plan: plan) { proxy, first in
      await first.write([1, 2])
      #expect(await first.read(1) == [1])
      let second = try Peer(connectedTo: proxy.address)
      await second.write([7, 8])
      #expect(await second.read(2) == [7, 8])
      #expect(await first.read(1, within: .milliseconds(50)) == nil)
      proxy.lift()
      #expect(await first.read(1) == [2])
    }
  }

  @Test(
    arguments: [
      .split(bytes: 1), .delay(.milliseconds(1)), .throttle(bytesPerSecond: 100_000),
    ] as [Fault.Action])
  func slownessLosesNothing(_ action: Fault.Action) async throws {
    try await withConnection(plan: { _ in [Fault(action, .toServer)] }) { _, client in
      let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
      await client.write(bytes)
      #expect(await client.read(bytes.count) == bytes)
    }
  }

  @Test func cuttingAllCutsWhatIsOpenAndNothingElse() async throws {
    try await withConnection { proxy, client in
      await client.write([1])
      #expect(await client.read(1) == [1])
      #expect(proxy.cutAll() == 1)
      #expect(await client.readToEnd() == [])
      try await waitUntil { proxy.openCount == 0 }
      #expect(proxy.cutAll() == 0)
      let next = try Peer(connectedTo: proxy.address)
      await next.write([5])
      #expect(await next.read(1) == [5])
      #expect(proxy.acceptedCount == 2)
    }
  }

  @Test func furtherConnectionsGoToTheNewTarget() async throws {
    try await withConnection { proxy, client in
      await client.write([1])
      #expect(await client.read(1) == [1])
      try await EchoServer.run(adding: 100) { other in
        proxy.target = other.address
        let next = try Peer(connectedTo: proxy.address)
        await next.write([1])
        #expect(await next.read(1) == [101])
      }
    }
  }

  @Test func whereNobodyListensConnectionsEndAtOnce() async throws {
    try await FaultProxy.run(to: .unix(path: "/nowhere/socket"), speaking: .opaque) { proxy in
      let client = try Peer(connectedTo: proxy.address)
      #expect(await client.readToEnd() == [])
    }
  }
}
