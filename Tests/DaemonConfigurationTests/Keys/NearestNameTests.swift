import Testing
import TextFormats

@testable import DaemonConfiguration

struct NearestNameTests {
  private static let names = SettingTable.all.map(\.name)

  @Test(arguments: [
    ("tcp.prot", "tcp.port"), ("tcp.ports", "tcp.port"), ("cp.port", "tcp.port"),
    ("writers.cont", "writers.count"),
    ("queue.byte", "queue.bytes"), ("timeouts.hearbeat", "timeouts.heartbeat"),
  ])
  func findsASlip(_ slip: String, _ meant: String) {
    #expect(NearestName.of(slip, among: Self.names) == meant)
  }

  @Test(arguments: ["", "x", "completely.different", "kafka.brokers"])
  func guessesNothingFarAway(_ name: String) {
    #expect(NearestName.of(name, among: Self.names) == nil)
  }

  @Test func choosesTheFirstInOrderOfTwoThatAreEquallyNear() {
    #expect(NearestName.of("ac", among: ["ab", "aa"]) == "aa")
  }

  @Test func knowsNothingAmongNothing() {
    #expect(NearestName.of("tcp.port", among: [String]()) == nil)
  }
}
