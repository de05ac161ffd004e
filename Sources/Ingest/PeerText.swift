internal import Base

/// Makes text of a peer safe for a log line: one line, bounded, without terminal control sequences.
public enum PeerText {
  /// Maximum length of the result in Unicode scalars of the original.
  public static let scalars = 200

  /// Returns `text` with control characters, line separators and direction marks as `\u{…}`. Longer text is
  /// cut off, marked with `…` and its length in bytes.
  public static func printable(_ text: String) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < scalars else { return shown + "… (\(text.utf8.count) bytes)" }
      count += 1
      VisibleText.append(scalar, to: &shown)
    }
    return shown
  }
}
