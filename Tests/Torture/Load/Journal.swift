import Foundation

/// A file of the batches that a worker sent and of the answers that it received. The file outlives the
/// worker's process, and the database is compared with it.
///
/// Each entry is a line that is written with one system call. `sends` is written before the publication is
/// sent, and `told` after the answer came. So when a worker is killed in between, the journal may have a
/// publication that was not sent, or lack an answer that was received.
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
    /// The producer reported a notice.
    case notice(incarnation: Int, at: Int64, String)
    /// Counts of the producer so far.
    case statistics(incarnation: Int, reconnects: Int, resent: Int)
  }

  private let descriptor: CInt

  /// Opens the file for appending.
  /// - Throws: `SystemFailure` when the file cannot be opened.
  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("cannot open \(path)", errno) }
  }

  deinit { close(descriptor) }

  /// Writes an entry.
  /// - Throws: `SystemFailure`. Then the journal is incomplete, and the run cannot be checked.
  func append(_ entry: Entry) throws {
    let line = Array("\(entry.line)\n".utf8)
    guard write(descriptor, line, line.count) == line.count else { throw SystemFailure("journal", errno) }
  }

  /// Returns all entries of a worker; an empty list when the file does not exist yet.
  static func read(_ path: String, worker: Int) -> [Entry] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    // The last piece has no line break: it is empty, or the writer was killed in the middle of it.
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .compactMap { Entry(line: $0, worker: worker) }
  }
}

/// The answer that a producer received about a publication.
struct Told: Hashable, Sendable {
  var received: Int
  /// Nil for "counts unknown".
  var counts: Counts?
  /// Whether the batch had been committed before, and that answer was lost.
  var isReplay: Bool
  /// Time of the answer, or a moment later, in nanoseconds of the machine's monotonic clock.
  var at: Int64

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
        + (told.isReplay ? " 1" : " 0") + " \(told.at)"
    case .fails(let publication, let reason):
      "F \(publication.incarnation) \(publication.ordinal) \(reason.replacing("\n", with: " "))"
    case .notice(let incarnation, let time, let text):
      "N \(incarnation) \(time) \(text.replacing("\n", with: " "))"
    case .statistics(let incarnation, let reconnects, let resent): "X \(incarnation) \(reconnects) \(resent)"
    }
  }

  fileprivate init?(line: Substring, worker: Int) {
    let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count >= 3, let incarnation = Int(words[1]) else { return nil }
    let publication = Int(words[2]).map {
      Publication(worker: worker, incarnation: incarnation, ordinal: $0)
    }
    let rest = words.count > 3 ? words[3] : ""
    switch (words[0], publication) {
    case ("B", _): self = .begins(incarnation: incarnation, producer: String(words[2]))
    case ("S", let publication?): self = .sends(publication)
    case ("T", let publication?):
      guard let told = Told(words: rest.split(separator: " ")) else { return nil }
      self = .told(publication, told)
    case ("F", let publication?): self = .fails(publication, String(rest))
    case ("N", _):
      guard let time = Int64(words[2]) else { return nil }
      self = .notice(incarnation: incarnation, at: time, String(rest))
    case ("X", _):
      guard let reconnects = Int(words[2]), let resent = Int(rest) else { return nil }
      self = .statistics(incarnation: incarnation, reconnects: reconnects, resent: resent)
    default: return nil
    }
  }
}

extension Told {
  fileprivate init?(words: [Substring]) {
    guard words.count == 6, let received = Int(words[0]), let time = Int64(words[5]) else { return nil }
    let counts = words[1...3].compactMap { Int($0) }
    self.init(
      received: received,
      counts: counts.count == 3 ? Counts(unique: counts[0], duplicate: counts[1], dead: counts[2]) : nil,
      isReplay: words[4] == "1", at: time)
  }
}
