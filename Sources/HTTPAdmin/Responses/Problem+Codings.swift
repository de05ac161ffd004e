import Compression
import HTTPTypes

/// Errors of bodies that are compressed, and of expectations.
extension Problem {
  /// A content coding that this server does not read.
  static let unsupportedCoding = Problem(
    status: .unsupportedMediaType, kind: nil,
    detail: "Content-Encoding must be absent, or one of \(CompressionFormat.accepted).",
    headers: [.acceptEncoding: CompressionFormat.accepted])

  /// Several content codings, one around another.
  static let severalCodings = Problem(
    status: .unsupportedMediaType, kind: nil,
    detail: "Content-Encoding has several codings. Compress the body once, with one of "
      + "\(CompressionFormat.accepted).",
    headers: [.acceptEncoding: CompressionFormat.accepted])

  /// A body that begins like a compressed file, although it should be text.
  static func compressedBody(_ name: String) -> Problem {
    let isKnown = CompressionFormat(rawValue: name) != nil
    let advice =
      isKnown
      ? "Name the compression in Content-Encoding, and compress the body once."
      : "Send it uncompressed, or with the Content-Encoding gzip, deflate or zstd."
    return Problem(
      status: .unsupportedMediaType, kind: nil,
      detail: "The text of the body is compressed (\(name)). \(advice)",
      headers: [.acceptEncoding: CompressionFormat.accepted])
  }

  /// A body that cannot be expanded.
  /// - Parameter limit: Maximum bytes of an expanded body.
  static func compressedBody(_ error: DecompressionError, limit: Int) -> Problem {
    switch error.fault {
    case .tooLarge:
      Problem(
        status: .contentTooLarge, kind: nil,
        detail:
          "The body expands to more than \(limit) bytes (http.body.bytes). Send fewer events in a request.")
    case .expandsTooMuch:
      Problem(
        status: .contentTooLarge, kind: nil,
        detail: "The body expands to more than \(BodyExpander.ratio) times its size. Send it uncompressed.")
    case .noMemory: .noRoomForBody
    default:
      Problem(
        status: .badRequest, kind: .badCompression,
        detail: "Nothing was stored, because the body is not valid \(error.format.rawValue) at byte "
          + "\(error.offset): \(error.reason).",
        errors: [
          Fault(place: .field("Content-Encoding"), detail: "\(error.format.rawValue): \(error.reason).")
        ])
    }
  }

  /// An expectation that this server cannot meet.
  static let unknownExpectation = Problem(
    status: .expectationFailed, kind: nil, detail: "Expect must be absent, or \"100-continue\".")
}
