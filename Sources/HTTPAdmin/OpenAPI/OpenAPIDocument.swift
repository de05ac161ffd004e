import NIOCore

/// The description of this API in OpenAPI 3.1: `openapi.json` beside this file, with the version filled in.
struct OpenAPIDocument: Sendable {
  /// The JSON text.
  let text: ByteBuffer
  /// Its entity tag.
  let tag: EntityTag

  /// The document of a server of `version`.
  init(version: String) {
    let template = String(decoding: PackageResources.openapi_json, as: UTF8.self)
    let text = Array(template.replacing("{version}", with: version).utf8)
    self.text = ByteBuffer(bytes: text)
    self.tag = EntityTag(of: text)
  }
}
