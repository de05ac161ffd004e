import Testing

@testable import DaemonServices

struct ContainerMemoryTests {
  @Test func readsTheLowestLimitOfVersionTwo() {
    let files = ["/memory.max": "max\n", "/a/memory.max": "1000\n", "/a/b/memory.max": "2000\n"]
    #expect(ContainerMemory.limit(groups: "0::/a/b\n") { files[$0] } == 1_000)
    #expect(ContainerMemory.limit(groups: "0::/\n") { files[$0] } == nil)
  }

  @Test func readsTheLimitOfVersionOne() {
    let groups = "5:cpu,cpuacct:/a\n4:memory:/a\n0::/a\n"
    let files = [
      "/memory/memory.limit_in_bytes": "9223372036854771712", "/memory/a/memory.limit_in_bytes": "536870912",
    ]
    #expect(ContainerMemory.limit(groups: groups) { files[$0] } == 512 << 20)
  }

  @Test func saysThatTheSumDoesNotFit() {
    #expect(ContainerMemory.warning(limit: nil, sum: 1 << 30) == nil)
    #expect(ContainerMemory.warning(limit: 1 << 30, sum: 500 << 20) == nil)
    let warning = ContainerMemory.warning(limit: 512 << 20, sum: 491 << 20)
    #expect(warning?.contains("491 MiB") == true && warning?.contains("512 MiB") == true)
  }
}
