import Ingest
import TestSupport
import Testing
import WireProtocol

@testable import PostgresClient
@testable import Storage
@testable import StoreInterface

@Suite struct ProducerListingTests {
  @Test func producersAreFoundByTheirNames() async throws {
    try await StoreFixture.with { store in
      let producers = (0..<5).map { _ in ProducerID.test() }
      let names = ["shop", "shop.Berlin", "SHOP", "Ünder_%shop", ""]
      for (producer, name) in zip(producers, names) {
        _ = try await store.register(producer)
        try await store.sql("UPDATE producers SET name = '\(name)' WHERE producer = '\(producer)'")
      }
      let cases: [(names: ProducerQuery.Names, text: String?, expected: [String])] = [
        (.one("shop"), nil, ["shop"]), (.prefix("shop"), nil, ["shop", "shop.Berlin"]),
        (.prefix("Ü"), nil, ["Ünder_%shop"]),
        (.all, "Shop", ["SHOP", "shop", "shop.Berlin", "Ünder_%shop"]),
        (.all, "_%", ["Ünder_%shop"]), (.all, "ünder", []), (.all, "\(producers[4])".uppercased(), [""]),
        (.prefix("shop."), "b", ["shop.Berlin"]), (.one("shop\0"), nil, []), (.all, "\0", []),
      ]
      try await store.withQueries { queries in
        for (names, text, expected) in cases {
          let found = try await Self.names(of: names, text, from: queries)
          #expect(found == expected, "\(names) \(text ?? "")")
        }
      }
    }
  }

  /// Returns the names of the producers on all pages.
  private static func names(
    of names: ProducerQuery.Names, _ text: String?, from queries: PostgresQueries
  ) async throws -> [String] {
    var query = ProducerQuery(limit: 2)
    (query.names, query.text) = (names, text)
    var found: [String] = []
    while true {
      let page = try await queries.producers(query)
      found += page.producers.map(\.name)
      guard let last = page.producers.last else {
        #expect(page.count == found.count)
        return found
      }
      query.after = query.place(of: last)
    }
  }
}
