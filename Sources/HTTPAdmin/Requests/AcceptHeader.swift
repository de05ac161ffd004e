import HTTPTypes

/// The media types that a client accepts (RFC 9110, section 12.5.1).
struct AcceptHeader {
  private struct Range {
    let type: Substring
    let subtype: Substring
    /// Weight in thousandths, 0 to 1000.
    let quality: Int

    /// Returns how closely this range names `media`: 2 exactly, 1 by its type, 0 by `*/*`, nil not at all.
    func specificity(for media: ContentType) -> Int? {
      if type == "*" { return 0 }
      guard type == media.type else { return nil }
      if subtype == "*" { return 1 }
      return subtype == media.subtype ? 2 : nil
    }
  }

  private let ranges: [Range]

  /// Reads all `Accept` fields. Without such a field every type is accepted; a malformed element accepts
  /// none.
  init(_ fields: HTTPFields) {
    self.init(fields[values: .accept].joined(separator: ","))
  }

  /// Reads the value of an `Accept` field.
  init(_ value: String) {
    let elements = value.lowercased().split(separator: ",")
    self.ranges =
      elements.isEmpty ? [Range(type: "*", subtype: "*", quality: 1000)] : elements.compactMap(Self.range)
  }

  /// Returns the offered type with the highest weight, the first of equals; nil when none is accepted.
  func best(of offers: [ContentType]) -> ContentType? {
    var best: (offer: ContentType, quality: Int)?
    for offer in offers {
      let quality = self.quality(of: offer)
      if quality > best?.quality ?? 0 { best = (offer, quality) }
    }
    return best?.offer
  }

  private func quality(of media: ContentType) -> Int {
    ranges
      .compactMap { range in range.specificity(for: media).map { (specificity: $0, quality: range.quality) } }
      .max { $0.specificity < $1.specificity }?
      .quality ?? 0
  }

  private static func range(_ element: Substring) -> Range? {
    let parts = element.split(separator: ";").map { $0.trimmed }
    let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false) ?? []
    guard names.count == 2, !names[0].isEmpty, !names[1].isEmpty else { return nil }
    let weight = parts.dropFirst().first { $0.hasPrefix("q=") }?.dropFirst(2)
    guard let quality = weight.map(thousandths) ?? 1000 else { return nil }
    return Range(type: names[0], subtype: names[1], quality: quality)
  }

  /// Returns 800 for `0.8`; nil when `weight` is malformed.
  private static func thousandths(_ weight: Substring) -> Int? {
    guard let value = Double(weight), (0...1).contains(value) else { return nil }
    return Int((value * 1000).rounded())
  }
}

extension Substring {
  /// The text without the spaces and tabs around it ("OWS" in RFC 9110).
  var trimmed: Substring {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var rest = drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }
}
