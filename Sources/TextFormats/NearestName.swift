/// A search for the name that a user probably meant.
package enum NearestName {
  /// Returns the candidate with the smallest edit distance; nil when every candidate differs in more than a
  /// third of the name's characters. Two differences are always allowed.
  package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
    of(name, among: candidates, within: max(2, name.count / 3))
  }

  /// Returns the candidate with the smallest edit distance; nil when every candidate differs in more than `limit`
  /// characters.
  package static func of(
    _ name: String, among candidates: some Sequence<String>, within limit: Int
  ) -> String? {
    let distances = candidates.map { (candidate: $0, distance: distance(name, $0)) }
    guard let nearest = distances.min(by: { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }),
      nearest.distance <= limit
    else { return nil }
    return nearest.candidate
  }

  /// Returns the number of characters that must be inserted, removed or replaced to turn `one` into `other`
  /// (Levenshtein).
  private static func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (line, character) in one.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in other.indices {
        let replaced = diagonal + (character == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[other.count]
  }
}
