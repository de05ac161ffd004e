import Testing

@testable import DaemonConfiguration

struct EffectiveConfigurationReportTests {
  private func report(_ arguments: [String], _ environment: [String: String]) async throws -> [String:
    [String]]
  {
    let configuration = try await EffectiveConfiguration(Invocation(arguments), environment: environment)
    let rows = configuration.report.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    return Dictionary(rows.map { ($0[0], Array($0.dropFirst())) }) { first, _ in first }
  }

  @Test func showsEachKeyWithValueAndOrigin() async throws {
    let rows = try await report(["--writers-count=3"], ["SLUICE_WRITERS_GROUP_DELAY": "20ms"])
    #expect(Set(SettingTable.byName.keys).isSubset(of: rows.keys))
    #expect(rows["writers.count"] == ["3", "--writers-count"])
    #expect(rows["writers.group.delay"] == ["20ms", "SLUICE_WRITERS_GROUP_DELAY"])
    #expect(rows["queue.bytes"] == ["64MiB", "default"])
    #expect(rows["database.url"] == ["(unset)", "default"])
  }

  @Test func hidesAPassword() async throws {
    let rows = try await report([], ["DATABASE_URL": "postgres://app:hunter2@db/a"])
    #expect(rows["database.url"] == ["(hidden)", "DATABASE_URL"])
  }

  @Test func showsAConnectionStringWithoutPassword() async throws {
    let rows = try await report(["--database-url", "postgres://app@db/a"], [:])
    #expect(rows["database.url"] == ["postgres://app@db/a", "--database-url"])
  }
}
