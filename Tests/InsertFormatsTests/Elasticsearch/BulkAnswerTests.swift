import InsertFormats
import Testing

@Suite struct BulkAnswerTests {
  private static func text(_ kind: BulkAction.Kind, _ result: BulkAnswer.Result, id: String? = "1") -> String
  {
    var answer = BulkAnswer()
    let action = BulkAction(kind: kind, index: Array("i\"".utf8))
    answer.add(action, id: id.map { Array($0.utf8) }, result)
    return String(decoding: answer.finish(milliseconds: 3), as: UTF8.self)
  }

  @Test func answersEachItemAsElasticsearchDoes() {
    let stored = #"{"took":3,"errors":false,"items":[{"create":{"_index":"i\"","_id":"1","_version":1,"#
    #expect(Self.text(.create, .created) == stored + #""result":"created","status":201}}]}"#)
    #expect(
      Self.text(.index, .known)
        == stored.replacing("create", with: "index") + #""result":"noop","status":200}}]}"#)
    #expect(Self.text(.create, .repeated) == stored + #""result":"noop","status":200}}]}"#)
    let failed = #"{"took":3,"errors":true,"items":[{"create":{"_index":"i\"","_id":"1","status":"#
    #expect(
      Self.text(.create, .known) == failed + #"409,"error":{"type":"version_conflict_engine_exception","#
        + #""reason":"[1]: version conflict, document already exists (current version [1])"}}}]}"#)
    #expect(
      Self.text(.create, .dead("no \"x\"")) == failed
        + #"400,"error":{"type":"document_parsing_exception","reason":"no \"x\""}}}]}"#)
    #expect(
      Self.text(.delete, .unsupported, id: nil)
        == #"{"took":3,"errors":true,"items":[{"delete":{"_index":"i\"","#
        + #""status":400,"error":{"type":"illegal_argument_exception","#
        + #""reason":"Sluice stores each event once and does not change it: use index or create, not delete"}}}]}"#
    )
  }

  @Test func answersAFailedRequestAsElasticsearchDoes() {
    #expect(
      String(decoding: BulkAnswer.error(status: 400, type: "a_b", reason: "x\n"), as: UTF8.self)
        == #"{"error":{"root_cause":[{"type":"a_b","reason":"x\n"}],"type":"a_b","reason":"x\n"},"status":400}"#
    )
  }
}
