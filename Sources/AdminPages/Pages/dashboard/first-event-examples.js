// How to send an event with the programs that people have, for one server.

/**
 * Returns the examples, `{name, code, note}`, for a server whose events are posted to the address `publish`, and whose
 * producers connect to `host` and `port`. `hasKey`: whether the server asks for keys.
 */
export function examplesOf({ publish, host, port, topic, hasKey }) {
  const event = `{"topic": "${topic}", "event_id": "1", "timestamp": "2026-01-02T03:04:05Z", "source": "me", `
    + '"payload": {"n": 1}}';
  const key = hasKey ? ' -H "Authorization: Bearer $KEY"' : '';
  const file = hasKey ? ' --key-file KEY' : '';
  const note = hasKey ? 'Use a key with the role publish.' : '';
  return [
    { name: 'curl', note, code: `curl ${publish}${key} -H 'Content-Type: application/json' \\\n  -d '${event}'` },
    {
      name: 'sluice-publish', note,
      code: `sluice-publish generate --host ${host} --port ${port}${file} --events 1000 --topics 5`,
    },
    { name: 'Swift', note: 'The product ClientLib of this package.', code: swiftFor(host, port, topic, hasKey) },
    { name: 'Python', note, code: pythonFor(publish, topic, hasKey) },
  ];
}

function swiftFor(host, port, topic, hasKey) {
  const key = 'var configuration = Producer.Configuration()\nconfiguration.key = try Producer.Key("KEY")\n';
  const configuration = hasKey ? ' configuration: configuration,' : '';
  return `import ClientLib
import Logging

${hasKey ? key : ''}let producer = try await Producer.connect(
  to: [Endpoint(host: "${host}", port: ${port})],${configuration} logger: Logger(label: "hello"))
let receipt = try await producer.publish(
  Event(topic: "${topic}", id: "swift-1", source: "me", payload: #"{"n": 1}"#))
print(try await receipt.committed())
try await producer.close()`;
}

function pythonFor(publish, topic, hasKey) {
  const key = hasKey ? ', "Authorization": "Bearer KEY"' : '';
  return `import json, urllib.request

event = {"topic": "${topic}", "event_id": "python-1", "timestamp": "2026-01-02T03:04:05Z", "source": "me",
         "payload": {"n": 1}}
request = urllib.request.Request(
    "${publish}", json.dumps(event).encode(), {"Content-Type": "application/json"${key}})
print(urllib.request.urlopen(request).read().decode())`;
}
