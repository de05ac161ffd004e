import AsyncHTTPClient
import CommandSupport
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension CommandFailure {
  /// The failure for an error of a connection: no answer, or not a whole one.
  init(transport error: any Error, _ settings: ServerSettings) {
    let place = "\(settings.address)"
    let time = DurationArgument(milliseconds: Int(settings.timeout / .milliseconds(1))).text
    if let failure = error as? CommandFailure {
      self = failure
    } else if Self.isTimeout(error) {
      self.init(
        .unreachable, "\(place) did not answer within \(time): it is slow or away; --timeout sets the time")
    } else if let error = error as? NIOTooManyBytesError {
      let most = error.maxBytes.map { " \($0 >> 20) MiB" } ?? " this program takes"
      self.init(
        .failed, "the answer of \(place) is longer than\(most): ask for less, with filters or --limit")
    } else if error as? HTTPClientError == .remoteConnectionClosed
      || error as? HTTPParserError == .invalidEOFState
    {
      self.init(.unreachable, "\(place) ended the connection before the answer was complete")
    } else {
      self.init(.unreachable, "\(place) cannot be reached: \(Self.reason(of: error))")
    }
  }

  private static func isTimeout(_ error: any Error) -> Bool {
    switch error {
    case let error as HTTPClientError:
      [
        .deadlineExceeded, .readTimeout, .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout,
      ].contains(error)
    case ChannelError.connectTimeout: true
    default: false
    }
  }

  /// Returns the reason of an error in words for people.
  private static func reason(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      if error.dnsAError != nil || error.dnsAAAAError != nil {
        return "no address has this name; check --url"
      }
      guard let first = error.connectionErrors.first else { return "no connection was tried" }
      return reason(of: first.error)
    case let error as IOError where error.errnoCode == ECONNREFUSED:
      return "nothing listens there; is the server running, and is --url its HTTP address?"
    case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
    case is SocketAddressError: return "no address has this name; check --url"
    case is NIOSSLExtraError:
      return "its certificate is for another name; use the name of the certificate in --url"
    case is NIOSSLError: return ofTLS("\(error)")
    case is HTTPParserError: return "the answer is no HTTP; is --url the HTTP address?"
    default: return SafeText.line("\(error)")
    }
  }

  /// Returns the reason of an error of BoringSSL, whose text has the name of the reason.
  private static func ofTLS(_ text: String) -> String {
    let reasons = [
      (
        "CERTIFICATE_VERIFY_FAILED",
        "its certificate is not of an authority that is trusted here; give --tls-ca"
      ),
      ("WRONG_VERSION_NUMBER", "it does not speak TLS; use http:// in --url"),
      ("CERTIFICATE_REQUIRED", "it asks for a certificate; give --tls-certificate and --tls-key"),
    ]
    return reasons.first { text.contains($0.0) }?.1 ?? "the TLS handshake failed: \(SafeText.line(text))"
  }
}
