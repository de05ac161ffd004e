import Ingest
import NIOSSL

/// The reasons of failed handshakes in words, with the remedy.
enum HandshakeReason {
  /// A client that sends a request without TLS.
  static let plain = "the client does not speak TLS: use https://"
  /// A client that does not complete the handshake in time.
  static let slow = "the client did not complete the handshake within timeouts.handshake"
  /// A client that leaves.
  static let ended = "the client ended the connection during the handshake"

  /// A client that leaves after it has seen the certificate.
  private static let certificateRefused =
    "the client ended the handshake, most often because it refuses the certificate of the server: it may lack the"
    + " authority, or connect by another name"

  /// Parts of the names of errors in BoringSSL, with the sentences for people.
  private static let sentences = [
    (
      "PEER_DID_NOT_RETURN_A_CERTIFICATE",
      "the client sent no certificate, and tls.client.required is on: give the client one"
    ),
    (
      "CERTIFICATE_VERIFY_FAILED",
      "the certificate of the client cannot be used: it must be valid now, for clients, and signed by an authority of"
        + " tls.client.ca"
    ),
    (
      "UNSUPPORTED_PROTOCOL",
      "there is no common version of TLS: update the client, or set tls.minimum of the server to 1.2"
    ),
    ("NO_SHARED_CIPHER", "there is no common cipher: update the client"),
    ("ALERT", certificateRefused),
    // An alert that is not encrypted, of a client that leaves before it has keys.
    ("BAD_PACKET_LENGTH", certificateRefused),
    ("WRONG_VERSION_NUMBER", plain), ("HTTP_REQUEST", plain),
    ("eofDuringHandshake", ended),
  ]

  /// Returns the reason of an error that ended a handshake.
  static func text(_ error: any Error) -> String {
    let text = "\(error)"
    return sentences.first { text.contains($0.0) }?.1 ?? "the handshake failed: \(PeerText.printable(text))"
  }
}
