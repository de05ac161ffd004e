import AdminPages
import HTTPTypes
import Hummingbird
import NIOCore

/// A file that is part of the program, ready to be sent.
struct Asset: Sendable {
  let name: String
  let type: ContentType
  private let content: ByteBuffer
  private let tag: EntityTag

  init(_ file: PageFile) {
    guard let type = ContentType(fileName: file.name) else { preconditionFailure("no type for \(file.name)") }
    self.name = file.name
    self.type = type
    self.content = ByteBuffer(bytes: file.bytes)
    self.tag = EntityTag(of: file.bytes)
  }

  /// The file, or that the client has it already. Its address says nothing about its version, so a cache has
  /// to ask each time, which costs it no more than an answer without content.
  func response(to request: Request, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    headers[.eTag] = tag.fieldValue
    headers[.cacheControl] = "no-cache"
    guard !tag.isKnown(to: request.headers) else { return Response(status: .notModified, headers: headers) }
    return .content(content, type, headers: headers)
  }
}

extension Asset {
  /// All files.
  static let all = (PageFile.shared + PageFile.dashboard + PageFile.docs).map(Asset.init)

  /// The file of this name.
  static func named(_ name: StaticString) -> Asset {
    guard let asset = all.first(where: { $0.name == "\(name)" }) else {
      preconditionFailure("there is no file \(name)")
    }
    return asset
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
