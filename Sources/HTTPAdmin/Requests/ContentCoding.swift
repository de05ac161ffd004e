import Compression
import HTTPTypes

extension CompressionFormat {
  /// The value of `Accept-Encoding` in a refusal, which names the codings that this server reads (RFC 9110, section
  /// 12.5.3).
  static let accepted = CompressionFormat.allCases.map(\.rawValue).joined(separator: ", ") + ", identity"

  /// Returns the coding of a request's body; nil when the body has none.
  /// - Throws: 415 for a coding that this server does not read, and for several codings.
  static func coding(of fields: HTTPFields) throws(Problem) -> CompressionFormat? {
    let codings = fields[values: .contentEncoding].joined(separator: ",").lowercased().split(separator: ",")
      .map { $0.trimmed }.filter { !$0.isEmpty && $0 != "identity" }
    guard let coding = codings.first else { return nil }
    guard codings.count == 1 else { throw .severalCodings }
    // RFC 9110, section 8.4.1.3: `x-gzip` is the same.
    guard let format = CompressionFormat(rawValue: coding == "x-gzip" ? "gzip" : String(coding)) else {
      throw .unsupportedCoding
    }
    return format
  }
}
