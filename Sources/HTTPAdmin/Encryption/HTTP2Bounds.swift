import HTTPTypes
import NIOCore
import NIOHTTP2

/// The bounds of HTTP/2 connections (RFC 9113), besides those that hold for every connection and every body.
enum HTTP2Bounds {
  /// Maximum number of requests that a connection may have open. A further one is refused by a reset of its stream.
  static let streams = 8
  /// Bytes of a body that a client may send before the server has taken them. They are counted in the memory of bodies
  /// when the first byte has arrived.
  static let windowBytes = 64 << 10

  /// Returns the settings for SwiftNIO, whose own limits on resets, pings, empty frames and continuation frames stay as
  /// they are.
  /// - Parameter headerBytes: Maximum size of a header (`SETTINGS_MAX_HEADER_LIST_SIZE`).
  static func configuration(headerBytes: Int) -> NIOHTTP2Handler.Configuration {
    var configuration = NIOHTTP2Handler.Configuration()
    configuration.connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: streams),
      HTTP2Setting(parameter: .maxHeaderListSize, value: headerBytes),
      HTTP2Setting(parameter: .initialWindowSize, value: windowBytes),
      HTTP2Setting(parameter: .enablePush, value: 0),
    ]
    configuration.stream.targetWindowSize = windowBytes
    return configuration
  }
}

/// The checks of a header of HTTP/2, which RequestFraming does for HTTP/1.
struct HTTP2Head {
  /// Maximum number of header fields, as for HTTP/1.
  private static let fields = 100

  let bodyBytes: Int
  let hosts: HostNames?

  /// Returns the problem of a header; nil when a route may answer the request.
  func problem(of request: HTTPRequest) -> Problem? {
    guard request.headerFields.count <= Self.fields else { return .headTooLarge }
    guard request.method != .connect else { return .unknownMethod }
    guard let path = request.path, path.utf8.first == UInt8(ascii: "/") || path == "*" else {
      return .badRequestLine
    }
    guard let authority = request.authority, !authority.isEmpty else { return .badHost(count: 0) }
    if let hosts, !hosts.contains(authority) { return .foreignHost }
    let lengths = request.headerFields[values: .contentLength]
    guard lengths.count <= 1 else { return .badContentLength }
    if let text = lengths.first {
      guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text) else {
        return .badContentLength
      }
      guard length <= bodyBytes else { return .bodyTooLarge(limit: bodyBytes) }
    }
    return nil
  }
}
