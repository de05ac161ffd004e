import InsertFormats
import Testing

@Suite struct BulkReaderTests {
  /// Reads all items, each as its action and its document.
  private static func read(_ text: String, index: String = "") throws(InsertFormatError) -> [String] {
    let bytes = Array(text.utf8)
    var reader = BulkReader(0..<bytes.count, index: Array(index.utf8))
    var items: [String] = []
    while let item = try reader.next(in: bytes.span.bytes) {
      let id = item.action.id.map { String(decoding: $0, as: UTF8.self) } ?? "-"
      let document = item.document.map { String(decoding: bytes[$0], as: UTF8.self) } ?? "-"
      let index = String(decoding: item.action.index, as: UTF8.self)
      items.append("\(item.action.kind) \(index) \(id) \(document)")
    }
    return items
  }

  @Test(arguments: [
    (#"{"index":{"_index":"a","_id":"1"}}"# + "\n{\"x\":1}\n", [#"index a 1 {"x":1}"#]),
    (#"{"create":{}}"# + "\n{}\n", ["create path - {}"]),
    (#"{"index":{"_index":null,"_id":null}}"# + "\n{}", ["index path - {}"]),
    (#"{"index":{"_id":7,"_type":"_doc","pipeline":{"a":[1]}}}"# + "\n{}\n", ["index path 7 {}"]),
    (#" { "index" : { "op_type" : "create" } } "# + "\r\n {} \r\n", ["create path -  {} \r"]),
    (
      "\n\n" + #"{"delete":{"_id":"1"}}"# + "\n\n" + #"{"index":{}}"# + "\n{}\n",
      [
        "delete path 1 -", "index path - {}",
      ]
    ),
    (#"{"update":{"_id":"1"}}"# + "\n{\"doc\":{}}\n", [#"update path 1 {"doc":{}}"#]),
    (#"{"index":{"_id":"é"}}"# + "\nnot json\n", ["index path é not json"]),
    ("", []), ("\n \n", []),
  ])
  func readsItems(text: String, items: [String]) throws {
    #expect(try Self.read(text, index: "path") == items)
  }

  @Test(arguments: [
    (#"{"upsert":{}}"# + "\n{}\n", "Malformed action/metadata line [1]"),
    (#"{"index":{}}"# + "\n{}\nfoo\n{}\n", "Malformed action/metadata line [3]"),
    ("[]\n", "Malformed action/metadata line [1]"),
    (#"{"index":[]}"# + "\n{}\n", "Malformed action/metadata line [1]"),
    (#"{"index":{}} {}"# + "\n{}\n", "something follows the action"),
    (#"{"index":{"_id":{}}}"# + "\n{}\n", "an object or array is where a string must be"),
    (#"{"index":{"_id":"\ud800"}}"# + "\n{}\n", "half of a surrogate pair"),
    (#"{"index":{}}"# + "\n", "the action in line 1 has no document"),
    (#"{"index":{"_in"#, "Malformed action/metadata line [1]"),
  ])
  func refusesRequestsWhoseItemsCannotBeToldApart(text: String, message: String) throws {
    let error = try #require(throws: InsertFormatError.self) { try Self.read(text) }
    #expect(error.message.contains(message), "\(error.message)")
  }
}
