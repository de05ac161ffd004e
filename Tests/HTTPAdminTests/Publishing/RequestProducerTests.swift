import Testing
import WireProtocol

@testable import HTTPAdmin

@Suite("RequestProducer")
struct RequestProducerTests {
  @Test func keepsTheLowestUnsettledNumberAsItsBase() {
    let producer = RequestProducer(id: ProducerID(high: 1, low: 1))
    #expect(producer.begin() == RequestProducer.Number(sequence: 1, base: 1))
    #expect(producer.begin() == RequestProducer.Number(sequence: 2, base: 1))
    producer.end(2)
    #expect(producer.begin() == RequestProducer.Number(sequence: 3, base: 1))
    producer.end(1)
    #expect(producer.begin() == RequestProducer.Number(sequence: 4, base: 3))
    producer.end(3)
    producer.end(4)
    #expect(producer.begin() == RequestProducer.Number(sequence: 5, base: 5))
  }
}
