import ClientLib
import Foundation

/// The server's HTTP resource `/dead`: dead events with their reasons.
struct DeadPage: Sendable {
  /// Reasons that are printed at most.
  private static let mostReasons = 3
  /// Dead events that are read: the last ones of the server.
  private static let looked = 100

  private struct Page: Decodable {
    struct Dead: Decodable {
      let reason: String
      let detail: String?
      let producer: String
    }

    let dead: [Dead]

    private enum CodingKeys: String, CodingKey {
      case dead = "dead_events"
    }
  }

  private let request: PageRequest

  /// The resource below `base`; nil when that is not a URL.
  init?(base: String, _ access: PageAccess = PageAccess()) {
    guard let request = PageRequest("/dead?limit=\(Self.looked)", below: base, access) else { return nil }
    self.request = request
  }

  /// The first different reasons of events of these producers. Empty when the page cannot be read, because
  /// reasons only explain a failure that is already known. With keys, the page needs the role `admin`.
  func reasons(of producers: [Producer.Identity]) async -> [String] {
    guard let answer = try? await request.answer(),
      let page = try? JSONDecoder().decode(Page.self, from: answer.body)
    else { return [] }
    let own = Set(producers.map { "\($0)".lowercased() })
    var reasons: [String] = []
    for event in page.dead.reversed() where own.contains(event.producer.lowercased()) {
      let reason = event.detail.map { "\(event.reason) (\($0))" } ?? event.reason
      guard !reasons.contains(reason) else { continue }
      reasons.append(reason)
      if reasons.count == Self.mostReasons { break }
    }
    return reasons
  }

  /// One line about dead events.
  /// - Parameters:
  ///   - reasons: The first reasons; empty when they are not known.
  ///   - producers: The producers that sent the events.
  static func summary(_ count: UInt64, _ reasons: [String], of producers: [Producer.Identity]) -> String {
    let first = producers.first.map { ", those with the producer \($0)" } ?? ""
    let others = producers.count > 1 ? " and \(producers.count - 1) others" : ""
    let why =
      reasons.isEmpty
      ? "GET /dead on the server's HTTP port lists their reasons\(first)\(others); --verify prints them here"
      : "the first reasons: " + reasons.joined(separator: "; ")
    return "\(count) events are dead: they can never be stored as they are; \(why)"
  }
}
