import ArgumentParser
import Foundation
import NIOHTTP1
import TextFormats

/// `sluice republish`: publishes dead events again, as they are or with other values.
struct RepublishCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "republish", abstract: "Publish dead events again, as they are or with other values.",
    discussion: """
      The options replace fields of the event, so they go with one id alone. The server marks a dead event that was \
      stored, and refuses to publish it once more.
      """)

  @Argument(help: ArgumentHelp("Ids of dead events, as `sluice dead` lists them.", valueName: "dead-id"))
  var ids: [String]

  @Option(help: ArgumentHelp("The topic instead of the one that was sent.", valueName: "topic"))
  var topic: String?

  @Option(
    name: .customLong("event-id"),
    help: ArgumentHelp("The id instead of the one that was sent.", valueName: "text"))
  var eventID: String?

  @Option(help: ArgumentHelp("The time instead of the one that was sent: ISO 8601.", valueName: "time"))
  var timestamp: String?

  @Option(help: ArgumentHelp("The source instead of the one that was sent.", valueName: "text"))
  var source: String?

  @Option(help: ArgumentHelp("The payload instead of the one that was sent.", valueName: "json"))
  var payload: String?

  @Option(
    name: .customLong("payload-file"),
    help: ArgumentHelp("A file with the payload; - is standard input.", valueName: "file"),
    completion: .file())
  var payloadFile: String?

  @OptionGroup(title: "Output") var json: JSONOption
  @OptionGroup(title: "Server") var server: ServerOptions

  func validate() throws {
    guard ids.count == 1 || replacements.isEmpty && payload == nil && payloadFile == nil else {
      throw ValidationError("Options that replace fields go with one dead-id alone.")
    }
    guard payload == nil || payloadFile == nil else {
      throw ValidationError("Give one of --payload and --payload-file.")
    }
  }

  private var replacements: [JSONValue.Member] {
    [("topic", topic), ("event_id", eventID), ("timestamp", timestamp), ("source", source)].compactMap {
      name, text in text.map { JSONValue.Member(name: name, value: .string($0)) }
    }
  }

  /// The body of the request: the fields to replace; nil to publish the event as it is.
  /// - Throws: A failure with the status `usage` when the payload is no JSON, or cannot be read.
  func body() throws(CommandFailure) -> String? {
    var members = replacements
    if let text = try payloadText() {
      do {
        members.append(JSONValue.Member(name: "payload", value: try JSONValue(Array(text.utf8))))
      } catch {
        throw CommandFailure(.usage, "the payload is no JSON: \(error.message) (byte \(error.offset))")
      }
    }
    return members.isEmpty ? nil : JSONText.line(.object(members))
  }

  private func payloadText() throws(CommandFailure) -> String? {
    guard let payloadFile else { return payload }
    let path = payloadFile == "-" ? "/dev/stdin" : payloadFile
    guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.readToEnd() else {
      throw CommandFailure(.usage, "\(payloadFile) cannot be read; check its path and its permissions")
    }
    return String(decoding: data, as: UTF8.self)
  }

  func run() async throws {
    let output = CommandOutput.standard
    let body = try body()
    let failed = try await server.withServer { server in
      var (results, failed) = ([JSONValue](), nil as CommandFailure?)
      publishing: for id in ids {
        do throws(CommandFailure) {
          let result = try await republish(id, body, server)
          results.append(result)
          if !json.isOn {
            try output.print("\(SafeText.line(id)): \(SafeText.line(result["outcome"]?.text ?? "published"))")
          }
        } catch {
          failed = error
          // Another id may be published, but not without a server or a key.
          guard error.status == .failed else { break publishing }
          output.tell(error.description)
          failed = CommandFailure(.failed, "")
        }
      }
      // Also after a failure, because these events are published.
      if json.isOn { try output.print(ListOptions.array(results)) }
      return failed
    }
    if let failed { throw failed }
  }

  private func republish(
    _ id: String, _ body: String?, _ server: ServerClient
  ) async throws(CommandFailure) -> JSONValue {
    let answer = try await server.answer(to: RequestTarget("dead", id, "republish"), .POST, body: body)
    let name = SafeText.name(id)
    switch answer.status {
    case 404 where answer.reason != nil: throw CommandFailure(.failed, "there is no dead event \(name)")
    case 409:
      throw CommandFailure(
        .failed,
        "the dead event \(name) was published again already: \(answer.reason ?? "nothing was stored now")")
    case 422:
      let failure = answer.failure(of: server.settings)
      throw CommandFailure(.failed, "the dead event \(name) cannot be stored: \(failure.description)")
    default: return try answer.json(from: server.settings)
    }
  }
}
