import ClientLib
import Foundation

/// The server's HTTP resource `/dead`: dead events with their reasons.
struct DeadPage: Sendable {
  /// Reasons that are printed at most.
  private static let mostReasons = 3
  /// The most producers whose dead events are read.
  private static let mostProducers = 8
  /// The number of dead events that are read of each producer: its first ones.
  private static let looked = 100

  private struct Page: Decodable {
    struct Dead: Decodable {
      let reason: String
      let detail: String?
    }

    let dead: [Dead]

    private enum CodingKeys: String, CodingKey {
      case dead = "dead_events"
    }
  }

  private let base: String
  private let access: PageAccess

  /// The resource below `base`; nil when that is not a URL.
  init?(base: String, _ access: PageAccess = PageAccess()) {
    guard PageRequest("/dead", below: base, access) != nil else { return nil }
    self.base = base
    self.access = access
  }

  /// The path of the first dead events of `producer`.
  static func path(of producer: Producer.Identity) -> String {
    "/dead?producer=\(producer)&order=asc&limit=\(looked)"
  }

  /// The first different reasons of events of these producers. Empty when no page can be read, because
  /// reasons only explain a failure that is already known. With keys, the page needs the role `admin`.
  func reasons(of producers: [Producer.Identity]) async -> [String] {
    var reasons: [String] = []
    for producer in producers.prefix(Self.mostProducers) {
      guard let answer = try? await PageRequest(Self.path(of: producer), below: base, access)?.answer(),
        let page = try? JSONDecoder().decode(Page.self, from: answer.body)
      else { break }
      for event in page.dead {
        let reason = event.detail.map { "\(event.reason) (\($0))" } ?? event.reason
        guard !reasons.contains(reason) else { continue }
        reasons.append(reason)
        if reasons.count == Self.mostReasons { return reasons }
      }
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
