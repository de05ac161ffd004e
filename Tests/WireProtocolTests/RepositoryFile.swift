import Foundation

/// A file of the repository, found from the place of this one.
func repositoryFile(_ path: String, here: String = #filePath) -> URL {
  URL(filePath: here).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: path)
}
