import Foundation

/// The text of a file of the repository, by its path from the root.
func repositoryText(_ path: String) throws -> String {
  var root = URL(filePath: #filePath)
  for _ in 0..<4 { root.deleteLastPathComponent() }
  return try String(contentsOf: root.appending(path: path), encoding: .utf8)
}
