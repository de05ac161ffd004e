import ClientLib
import Logging

var configuration = Producer.Configuration()
configuration.name = "orders"
configuration.spool = Producer.Spool(directory: "orders-spool")
configuration.onNotice = { notice in print(notice) }
let producer = try await Producer.connect(
  to: [Endpoint(host: "localhost")], configuration: configuration, logger: Logger(label: "orders"))
let events = (1...10_000).map { number in
  Event(topic: "orders.order.placed", id: EventID.rising(), source: "orders", payload: "\(number)")
}
for receipt in try await producer.publish(contentsOf: events) { print(try await receipt.committed()) }
try await producer.close()
