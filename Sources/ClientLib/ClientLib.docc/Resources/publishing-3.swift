import ClientLib
import Logging

var configuration = Producer.Configuration()
configuration.name = "orders"
configuration.spool = Producer.Spool(directory: "orders-spool")
configuration.onNotice = { notice in print(notice) }
let producer = try await Producer.connect(
  to: [Endpoint(host: "localhost")], configuration: configuration, logger: Logger(label: "orders"))
let receipt = try await producer.publish(
  Event(topic: "orders.order.placed", id: "42", source: "orders", payload: #"{"total":7}"#))
print(try await receipt.committed())
try await producer.close()
