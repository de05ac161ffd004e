import Foundation

/// A file that lives as long as a test needs it.
enum TemporaryFile {
  /// Calls `body` with the path of a new file that holds `text`.
  static func with(_ text: String, _ body: (String) async throws -> Void) async throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "sluice-\(UUID().uuidString).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try await body(url.path)
  }
}
