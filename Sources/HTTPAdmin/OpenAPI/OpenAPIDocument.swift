/// The description of this API in OpenAPI 3.1: `openapi.json` beside this file, with the version filled in.
struct OpenAPIDocument: Sendable {
  /// The JSON text.
  let content: TaggedContent

  /// The document of a server of `version`.
  init(version: String) {
    let template = String(decoding: PackageResources.openapi_json, as: UTF8.self)
    content = TaggedContent(Array(template.replacing("{version}", with: version).utf8), .json)
  }

  /// Its entity tag, another one in each version.
  var tag: EntityTag { content.tag }
}
