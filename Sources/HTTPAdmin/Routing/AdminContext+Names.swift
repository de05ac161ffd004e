import Hummingbird

extension AdminContext {
  /// The segment of the path called `name`, as a topic, source or event id.
  /// - Throws: a 400 problem when it is no text, a 404 problem when no name looks like it.
  func pathName(_ name: String) throws(Problem) -> String {
    let text: String
    do {
      text = try PercentDecoding.decode(Substring(parameters.get(name) ?? ""), plusIsSpace: false)
    } catch {
      throw .malformedParameter(name, error.sentence)
    }
    guard (1...255).contains(text.unicodeScalars.count) else { throw .noSuchEvent }
    return text
  }
}
