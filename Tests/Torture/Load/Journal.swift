import Foundation

/// What a lane sent and what it was told, in a file that outlives its process: the model that the database is
/// compared with.
///
/// Each entry is a line, written with one call before, or after, what it tells: what is killed in between can
/// only have sent more, or been told more, than the journal says.
final class Journal: Sendable {
  enum Entry: Hashable, Sendable {
    /// A process begins, under this identity.
    case begins(incarnation: Int, producer: String)
    /// The publication is handed over next.
    case sends(Publication)
    /// The publication was said to be committed.
    case told(Publication, Told)
    /// The publication failed for good, or the producer did.
    case fails(Publication, String)
    /// The producer said something that is worth keeping.
    case notice(incarnation: Int, String)
    /// What the producer did so far.
    case statistics(incarnation: Int, reconnects: Int, resent: Int)
  }

  private let descriptor: CInt

  /// Opens the file to write at its end.
  /// - Throws: `SystemFailure`.
  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("can not open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// - Throws: `SystemFailure`, after which the model is worth nothing.
  func append(_ entry: Entry) throws {
    let line = Array("\(entry.line)\n".utf8)
    guard write(descriptor, line, line.count) == line.count else { throw SystemFailure("journal", errno) }
  }

  /// Everything that a lane wrote; nothing when there is no file yet.
  static func read(_ path: String, lane: Int) -> [Entry] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    // The last piece has no line break: it is empty, or the writer was killed in the middle of it.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .compactMap { Entry(line: $0, lane: lane) }
  }
}

/// What a producer was told about a publication.
struct Told: Hashable, Sendable {
  var received: Int
  /// Nil for "counts unknown".
  var counts: Counts?
  /// It had been committed before, and the answer was lost.
  var isReplay: Bool

  struct Counts: Hashable, Sendable {
    var unique: Int
    var duplicate: Int
    var dead: Int
  }
}

extension Journal.Entry {
  fileprivate var line: String {
    switch self {
    case .begins(let incarnation, let producer): "B \(incarnation) \(producer)"
    case .sends(let publication): "S \(publication.incarnation) \(publication.ordinal)"
    case .told(let publication, let told):
      ["T", "\(publication.incarnation)", "\(publication.ordinal)", "\(told.received)"].joined(separator: " ")
        + (told.counts.map { " \($0.unique) \($0.duplicate) \($0.dead)" } ?? " - - -")
        + (told.isReplay ? " 1" : " 0")
    case .fails(let publication, let reason):
      "F \(publication.incarnation) \(publication.ordinal) \(reason.replacing("\n", with: " "))"
    case .notice(let incarnation, let text): "N \(incarnation) \(text.replacing("\n", with: " "))"
    case .statistics(let incarnation, let reconnects, let resent): "X \(incarnation) \(reconnects) \(resent)"
    }
  }

  fileprivate init?(line: Substring, lane: Int) {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count >= 3, let incarnation = Int(words[1]) else { return nil }
    let publication = Int(words[2]).map {
      Publication(lane: lane, incarnation: incarnation, ordinal: $0)
    }
    let rest = words.count > 3 ? words[3] : ""
    switch (words[0], publication) {
    case ("B", _): self = .begins(incarnation: incarnation, producer: String(words[2]))
    case ("S", let publication?): self = .sends(publication)
    case ("T", let publication?):
      guard let told = Told(words: rest.split(separator: " ")) else { return nil }
      self = .told(publication, told)
    case ("F", let publication?): self = .fails(publication, String(rest))
    case ("N", _): self = .notice(incarnation: incarnation, words[2...].joined(separator: " "))
    case ("X", _):
      guard let reconnects = Int(words[2]), let resent = Int(rest) else { return nil }
      self = .statistics(incarnation: incarnation, reconnects: reconnects, resent: resent)
    default: return nil
    }
  }
}

extension Told {
  fileprivate init?(words: [Substring]) {
    guard words.count == 5, let received = Int(words[0]) else { return nil }
    let counts = words[1...3].compactMap { Int($0) }
    self.init(
      received: received,
      counts: counts.count == 3 ? Counts(unique: counts[0], duplicate: counts[1], dead: counts[2]) : nil,
      isReplay: words[4] == "1")
  }
}
