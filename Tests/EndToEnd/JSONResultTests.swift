import Foundation
import TestSupport
import Testing

/// Tests of the results of `sluiced` as JSON.
struct JSONResultTests {
  /// Runs `sluiced` to its end, and returns its only line as an object or an array.
  private func json(
    _ arguments: [String], _ environment: [String: String] = [:], status: Int32 = 0
  ) async throws -> Any {
    let line = try await Program.run(
      "sluiced", arguments: arguments + ["--json"], environment: environment
    ) { program in
      let exit = try await program.exit()
      #expect(exit == .status(status), "\(arguments): \(program.standardError)")
      #expect(program.standardOutput.split(separator: "\n").count == 1, "\(program.standardOutput)")
      return program.standardOutput
    }
    return try JSONSerialization.jsonObject(with: Data(line.utf8))
  }

  private func object(
    _ arguments: [String], _ environment: [String: String] = [:], status: Int32 = 0
  ) async throws -> [String: Any] {
    let value = try await json(arguments, environment, status: status)
    return try #require(value as? [String: Any])
  }

  private func rows(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> [[String:
    Any]]
  {
    let value = try await json(arguments, environment)
    return try #require(value as? [[String: Any]])
  }

  @Test func theConfigurationHidesPasswords() async throws {
    let environment = ["DATABASE_URL": "postgres://app:hunter2@db/a", "SLUICE_WRITERS_COUNT": "3"]
    let configuration = try await object(["check-config"], environment)
    let keys = try #require(configuration["keys"] as? [[String: Any]])
    let url = try #require(keys.first { $0["key"] as? String == "database.url" })
    #expect(url["value"] is NSNull && url["hidden"] as? Bool == true)
    let writers = try #require(keys.first { $0["key"] as? String == "writers.count" })
    #expect(writers["value"] as? String == "3" && writers["origin"] as? String == "SLUICE_WRITERS_COUNT")
    #expect((configuration["memory_bytes"] as? Int).map { $0 > 1 << 20 } == true)
    let reference = try await rows(["configuration-reference"]).compactMap { $0["key"] as? String }
    #expect(Set(keys.compactMap { $0["key"] as? String }).isSubset(of: reference))
    let version = try await object(["version"])
    #expect(version["version"] is String)
  }

  @Test func aDatabaseIsMigratedCheckedAndMaintained() async throws {
    try await TestPostgres.shared.withDatabase { conninfo in
      let environment = ["SLUICE_DATABASE_URL": conninfo]
      let migrated = try await object(["migrate"], environment)
      #expect(migrated["migrated"] as? Bool == true)
      let grants = try await object(["grants", "app"], environment)
      #expect((grants["sql"] as? String)?.contains("GRANT") == true)
      try await Daemon.run(over: conninfo) { daemon in
        let (exit, _, errors) = try await publish(
          to: daemon.tcpPort, ["--events", "500", "--duplicates", "0.2"])
        #expect(exit == .status(0), "\(errors)")
        let health = try await object(["healthcheck", "--http-port", "\(daemon.httpPort)"])
        #expect(health["healthy"] as? Bool == true && health["status"] as? Int == 200)
        let audit = try await object(["audit"], environment)
        let served = try JSONSerialization.jsonObject(with: try await daemon.get("/audit").body)
        #expect(NSDictionary(dictionary: audit) == served as? NSDictionary)
      }
      let maintenance = try await object(["maintenance"], environment)
      #expect(maintenance["ran"] as? Bool == true)
      try await SQL.run(
        "DELETE FROM sluice.events WHERE ctid = (SELECT min(ctid) FROM sluice.events)", on: conninfo)
      let audit = try await object(["audit"], environment, status: 1)
      #expect(audit["holds"] as? Bool == false && (audit["violations"] as? [Any])?.isEmpty == false)
    }
  }

  @Test func credentialsAreMadeListedAndRevoked() async throws {
    try await withTemporaryDirectory { directory in
      let file = ["--auth-credentials", "\(directory)/credentials.yaml"]
      let added = try await object(
        ["credentials", "add", "shop", "--role", "publish", "--publish-topic", "orders.*"] + file)
      let id = try #require(added["key_id"] as? String)
      #expect((added["key"] as? String)?.hasPrefix("sluice_\(id)_") == true)
      let rows = try await rows(["credentials", "list"] + file)
      #expect(rows.count == 1 && rows[0]["name"] as? String == "shop")
      #expect(rows[0]["publish_topics"] as? [String] == ["orders.*"] && rows[0]["read_topics"] is NSNull)
      let keys = try #require(rows[0]["keys"] as? [[String: Any]])
      #expect(keys.map { $0["id"] as? String } == [id] && keys[0]["valid"] as? Bool == true)
      let revoked = try await object(["credentials", "revoke", "shop"] + file)
      #expect(revoked["revoked"] as? Bool == true)
      let made = try await object(["dev-certs", "\(directory)/certs"])
      for name in try #require(made["files"] as? [String]) {
        #expect(FileManager.default.fileExists(atPath: "\(directory)/certs/\(name)"))
      }
    }
  }
}
