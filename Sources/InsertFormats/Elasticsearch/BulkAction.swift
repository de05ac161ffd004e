/// An action of a bulk request: its first line
/// (https://www.elastic.co/guide/en/elasticsearch/reference/current/docs-bulk.html).
package struct BulkAction: Hashable, Sendable {
  /// The kinds of actions.
  package enum Kind: String, CaseIterable, Sendable {
    case index
    case create
    case update
    case delete

    /// Whether a line with a document follows the line of the action.
    package var hasDocument: Bool { self != .delete }

    /// Whether Sluice stores the document.
    package var stores: Bool { self == .index || self == .create }

    init?(name: [UInt8]) {
      guard let kind = Self.allCases.first(where: { name.elementsEqual($0.rawValue.utf8) }) else {
        return nil
      }
      self = kind
    }
  }

  /// The kind.
  package var kind: Kind
  /// The index in UTF-8; empty when neither the line nor the path names one.
  package var index: [UInt8] = []
  /// The id in UTF-8; nil when the line gives none.
  package var id: [UInt8]?

  package init(kind: Kind, index: [UInt8] = [], id: [UInt8]? = nil) {
    self.kind = kind
    self.index = index
    self.id = id
  }
}

/// One item of a bulk request.
package struct BulkItem: Hashable, Sendable {
  /// The action.
  package var action: BulkAction
  /// The range of the document in the body, without its line feed; nil for an action without a document.
  package var document: Range<Int>?
  /// The range of all lines of the item.
  package var lines: Range<Int>
}
