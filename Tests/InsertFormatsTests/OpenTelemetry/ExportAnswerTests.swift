import InsertFormats
import Testing

@Suite struct ExportAnswerTests {
  @Test func saysNothingWhenAllRecordsAreStored() {
    #expect(ExportAnswer.success(rejected: 0, message: "x", .protobuf).isEmpty)
    #expect(ExportAnswer.success(rejected: 0, message: "x", .json) == Array("{}".utf8))
  }

  @Test func saysHowManyRecordsWereRejected() {
    let protobuf = ProtobufMessage.make { answer in
      answer.message(1) {
        $0.varint(1, 300)
        $0.text(2, "bad")
      }
    }
    #expect(ExportAnswer.success(rejected: 300, message: "bad", .protobuf) == protobuf.bytes)
    #expect(
      String(decoding: ExportAnswer.success(rejected: 300, message: "bad", .json), as: UTF8.self)
        == #"{"partialSuccess":{"rejectedLogRecords":"300","errorMessage":"bad"}}"#)
  }

  @Test func answersAFailedRequestWithAStatus() {
    let status = ProtobufMessage.make {
      $0.varint(1, 3)
      $0.text(2, "no")
    }
    #expect(ExportAnswer.failure(code: 3, message: "no", .protobuf) == status.bytes)
    #expect(
      String(decoding: ExportAnswer.failure(code: 3, message: "no", .json), as: UTF8.self)
        == #"{"code":3,"message":"no"}"#)
  }
}
