import AdminPages

/// A file that is part of the program, ready to be sent.
struct Asset: Sendable {
  let name: String
  let content: TaggedContent

  init(_ file: PageFile) {
    guard let type = ContentType(fileName: file.name) else { preconditionFailure("no type for \(file.name)") }
    self.name = file.name
    self.content = TaggedContent(file.bytes, type)
  }
}

extension Asset {
  /// All files.
  static let all = (PageFile.shared + PageFile.dashboard + PageFile.docs).map(Asset.init)

  /// What is in the file of this name.
  static func content(of name: StaticString) -> TaggedContent {
    guard let asset = all.first(where: { $0.name == "\(name)" }) else {
      preconditionFailure("there is no file \(name)")
    }
    return asset.content
  }
}

extension ContentType {
  /// The type of a file, by the last part of its name.
  fileprivate init?(fileName: String) {
    switch fileName.split(separator: ".").last {
    case "html": self = .html
    case "css": self = .css
    case "js": self = .javaScript
    case "svg": self = .svg
    default: return nil
    }
  }
}
