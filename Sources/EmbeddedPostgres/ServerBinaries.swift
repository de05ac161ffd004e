internal import FoundationEssentials
internal import Glibc

/// The programs of an installed Postgres.
struct ServerBinaries: Hashable, Sendable {
  /// The directory that holds `postgres` and `initdb`.
  let directory: String
  /// The major version of `postgres` in this directory.
  let version: Int

  /// Returns the server for data of version `data`, or the newest installed server when there is no data yet.
  /// - Throws: `noServer`, `otherVersion`.
  static func find(
    configured: String?, data: (version: Int, path: String)?, account: ServerAccount
  ) async throws(EmbeddedPostgresError) -> ServerBinaries {
    let places =
      if let configured { [configured] } else { usualPlaces() + (await placesOfConfigurationTool(account)) }
    var found: [ServerBinaries] = []
    for place in places where isServer(place) && !found.contains(where: { $0.directory == place }) {
      let program = ServerProgram(directory: place, account: account)
      let answer = try await program.run("postgres", ["--version"])
      guard let version = ServerVersion.major(in: answer.output) else { continue }
      found.append(ServerBinaries(directory: place, version: version))
    }
    guard !found.isEmpty else {
      throw .noServer(reason: "no postgres and initdb in \(configured ?? "the usual places")")
    }
    return try choose(from: found, data: data)
  }

  /// Returns the first of `found` that has the version of the data; the newest when there is no data.
  static func choose(
    from found: [ServerBinaries], data: (version: Int, path: String)?
  ) throws(EmbeddedPostgresError) -> ServerBinaries {
    let versions = Set(found.map(\.version)).sorted()
    if let data {
      guard let match = found.first(where: { $0.version == data.version }) else {
        throw .otherVersion(path: data.path, data: data.version, found: versions)
      }
      return match
    }
    guard let newest = found.max(by: { $0.version < $1.version }), newest.version >= ServerVersion.oldest
    else { throw .noServer(reason: "PostgreSQL \(versions.last ?? 0) is too old") }
    return newest
  }

  /// Returns the directories that usually hold a server. Packages of Debian and Red Hat keep one directory
  /// for each version, outside of `PATH`.
  private static func usualPlaces() -> [String] {
    var places: [String] = []
    for (parent, rest) in [("/usr/lib/postgresql", "/bin"), ("/usr", "/bin")] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
      places += names.filter { parent != "/usr" || $0.hasPrefix("pgsql-") }
        .sorted().map { "\(parent)/\($0)\(rest)" }
    }
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    places += path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    places += ["/usr/local/pgsql/bin"]
    return places
  }

  /// Returns the directory that `pg_config` reports, which is also right for an unusual installation.
  private static func placesOfConfigurationTool(_ account: ServerAccount) async -> [String] {
    let tool = ServerProgram(directory: "/usr/local/bin", account: account)
    // Without `pg_config` there is nothing to add.
    guard let answer = try? await tool.run("pg_config", ["--bindir"]), answer.succeeded else { return [] }
    return answer.output.split(whereSeparator: \.isNewline).map(String.init)
  }

  private static func isServer(_ directory: String) -> Bool {
    ["postgres", "initdb"].allSatisfy { access("\(directory)/\($0)", X_OK) == 0 }
  }
}

/// The major version of a Postgres, such as 15.
enum ServerVersion {
  /// The oldest version that supports everything that the schema and the settings use.
  static let oldest = 14

  /// Returns the major version in the output of `postgres --version`: `postgres (PostgreSQL) 15.4 (Debian
  /// 15.4-1)`, `… 17beta1`.
  static func major(in text: String) -> Int? {
    guard let name = text.firstRange(of: "(PostgreSQL) ") else { return nil }
    return Int(text[name.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }
}
