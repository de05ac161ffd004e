import InsertFormats

/// Bulk requests of Elasticsearch: items ascend, do not overlap, and cover documents within the input.
enum BulkFuzzer: Fuzzer {
  static let name = "bulk"
  static let longestInput = 512
  static let seeds = [
    #"{"index":{"_index":"a","_id":"1"}}"# + "\n"
      + #"{"@timestamp":"2026-01-02T03:04:05Z","host":{"name":"h"}}"#
      + "\n",
    #"{"create":{"op_type":"create","_id":7}}"# + "\r\n{}\r\n" + #"{"delete":{"_id":"\u00e9"}}"# + "\n",
    #"{"update":{}}"# + "\n" + #"{"doc":{"timestamp":1700000000}}"#,
  ].map { Array($0.utf8) }

  static func run(_ input: UnsafeRawBufferPointer) {
    var reader = BulkReader(0..<input.count, index: Array("index".utf8))
    var end = 0
    do throws(InsertFormatError) {
      while let item = try reader.next(in: input.bytes) {
        precondition(
          item.lines.lowerBound >= end && item.lines.upperBound <= input.count, "an item out of order")
        end = item.lines.upperBound
        guard let document = item.document else { continue }
        precondition(
          document.lowerBound > item.lines.lowerBound && document.upperBound == end, "a lost document")
      }
    } catch {
      precondition(
        (0...input.count).contains(error.offset) && !error.message.isEmpty, "an error without a place")
    }
  }
}
