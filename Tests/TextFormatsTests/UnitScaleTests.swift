import Testing

@testable import TextFormats

struct UnitScaleTests {
  @Test(arguments: [
    ("0", 0), ("1", 1), ("17B", 17), ("4KiB", 4_096), ("64MiB", 64 << 20), ("2GiB", 2 << 30),
  ])
  func readsASize(_ text: String, _ bytes: Int) {
    #expect(UnitScale.bytes.read(text) == bytes)
  }

  @Test(arguments: [("0", 0), ("0s", 0), ("250ms", 250), ("30s", 30_000), ("5m", 300_000), ("1h", 3_600_000)])
  func readsADuration(_ text: String, _ milliseconds: Int) {
    #expect(UnitScale.milliseconds.read(text) == milliseconds)
  }

  @Test(arguments: [
    "", "MiB", "-1", "+1", "1.5MiB", "64 MiB", "64mib", "64MB", "64MiBs", "٣", "9223372036854775808",
    "9223372036854775807GiB",
  ])
  func refusesWhatIsNoSize(_ text: String) {
    #expect(UnitScale.bytes.read(text) == nil)
  }

  @Test func refusesADurationWithoutAUnit() {
    #expect(UnitScale.milliseconds.read("30") == nil)
  }

  @Test(arguments: [0, 1, 1_023, 1_024, 1_536, 64 << 20, 3 << 30, (1 << 30) + 1])
  func readsBackASizeThatItWrote(_ bytes: Int) {
    #expect(UnitScale.bytes.read(UnitScale.bytes.write(bytes)) == bytes)
  }

  @Test(arguments: [(1_500, "1500ms"), (2_000, "2s"), (90_000, "90s"), (120_000, "2m"), (0, "0ms")])
  func writesADurationInTheLargestWholeUnit(_ milliseconds: Int, _ text: String) {
    #expect(UnitScale.milliseconds.write(milliseconds) == text)
  }
}
