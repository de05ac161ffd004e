internal import Configuration
internal import Synchronization
internal import SystemPackage
internal import TextFormats

/// The YAML file of `--config`, with all its keys checked.
enum ConfigurationFile {
  /// Reads the file at `path`.
  /// - Returns: the source of values, and the names of its keys.
  /// - Throws: `ConfigurationError` when the file cannot be read or parsed, or has an unknown key.
  static func provider(
    path: String
  ) async throws(ConfigurationError) -> (provider: any ConfigProvider, keys: Set<String>) {
    // The file provider cannot list its keys, but it asks for each key whether the key is a secret.
    let keys = Mutex<Set<String>>([])
    let options = YAMLSnapshot.ParsingOptions(
      secretsSpecifier: .dynamic { key, _ in
        keys.withLock { _ = $0.insert(key) }
        return SettingTable.isSecret(key)
      })
    let provider: FileProvider<YAMLSnapshot>
    do {
      provider = try await FileProvider(parsingOptions: options, filePath: FilePath(path))
    } catch {
      throw .unreadableFile(path: path, reason: "\(error)")
    }
    let names = keys.withLock { $0 }
    if let unknown = names.sorted().first(where: { SettingTable.setting(called: $0) == nil }) {
      let nearest = NearestName.of(unknown, among: SettingTable.byName.keys)
      throw .unknownKey(.file(path: path, key: unknown), nearest: nearest)
    }
    return (provider, names)
  }
}
