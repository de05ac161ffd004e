import Testing
import WireProtocol

@testable import ClientLib

@Suite struct ProducerErrorTests {
  @Test func areEqualWhenTheirCodesAre() {
    #expect(ProducerError(.closed, "one") == ProducerError(.closed, "other"))
    #expect(ProducerError(.closed, "one") != ProducerError(.cancelled, "one"))
    #expect(Set([ProducerError(.closed, "one"), ProducerError(.closed, "other")]).count == 1)
  }

  @Test func listsUnsettledBatches() {
    let left = [
      UnsettledBatch(sequence: 1, events: 2, wasAccepted: true),
      UnsettledBatch(sequence: nil, events: 3, wasAccepted: false),
    ]
    #expect("\(ProducerError(.closed, "done"))" == "CLOSED: done")
    #expect(
      "\(ProducerError(.closed, "done").listing(left))"
        == "CLOSED: done (2 batches of 5 events are not known to be committed)")
  }

  @Test(arguments: ErrorCode.all) func keepsTheServersMessageAndNumber(_ code: ErrorCode) {
    let report = ErrorFrame(WireError(code, "because"), sequence: code.scope == .batch ? 7 : nil)
    let error =
      code.scope == .batch
      ? ProducerError(refusing: 7, report) : ProducerError(ending: report, at: "host:1")
    #expect(error.serverCode == Int(code.wire))
    #expect(error.message.contains(code.name))
    #expect(error.message.contains("because"))
    #expect(!error.isRetryable)
  }

  @Test func explainsAnEventThatFitsNoBatch() {
    let error = ProducerError(EventRefusal.eventTooLarge(bytes: 10, limit: 5))
    #expect(error.code == .eventTooLarge)
    #expect(error.message.contains("10") && error.message.contains("5"))
  }
}
