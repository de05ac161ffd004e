/// The fields of the messages of OTLP that carry logs, by their numbers in `opentelemetry/proto` 1.0 and later
/// (`collector/logs/v1/logs_service.proto`, `logs/v1/logs.proto`, `resource/v1/resource.proto`, `common/v1/common.proto`).
/// Numbers that are not listed have no effect.
enum LogFields {
  enum Request {
    static let resourceLogs: UInt32 = 1
  }

  enum ResourceLogs {
    static let resource: UInt32 = 1
    static let scopeLogs: UInt32 = 2
  }

  enum Resource {
    static let attributes: UInt32 = 1
  }

  enum ScopeLogs {
    static let scope: UInt32 = 1
    static let logRecords: UInt32 = 2
  }

  enum Scope {
    static let name: UInt32 = 1
    static let version: UInt32 = 2
    static let attributes: UInt32 = 3
  }

  enum LogRecord {
    static let time: UInt32 = 1
    static let severityNumber: UInt32 = 2
    static let severityText: UInt32 = 3
    static let body: UInt32 = 5
    static let attributes: UInt32 = 6
    static let droppedAttributes: UInt32 = 7
    static let flags: UInt32 = 8
    static let traceID: UInt32 = 9
    static let spanID: UInt32 = 10
    static let observedTime: UInt32 = 11
    static let eventName: UInt32 = 12
  }

  enum AnyValue {
    static let string: UInt32 = 1
    static let bool: UInt32 = 2
    static let int: UInt32 = 3
    static let double: UInt32 = 4
    static let array: UInt32 = 5
    static let keyValueList: UInt32 = 6
    static let bytes: UInt32 = 7
  }

  /// The field `values` of both lists in `AnyValue`.
  enum List {
    static let values: UInt32 = 1
  }

  enum KeyValue {
    static let key: UInt32 = 1
    static let value: UInt32 = 2
  }
}
