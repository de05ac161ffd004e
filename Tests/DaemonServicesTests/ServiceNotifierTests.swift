import DaemonServices
import TestSupport
import Testing

struct ServiceNotifierTests {
  private func notifier(
    _ socket: NotifySocket, _ more: [String: String] = [:]
  ) throws -> ServiceNotifier {
    let environment = more.merging(["NOTIFY_SOCKET": socket.name]) { $1 }
    return try #require(ServiceNotifier(environment: environment, processID: 42))
  }

  @Test func tellsTheStatesOfTheProtocol() async throws {
    try await withTemporaryDirectory { directory in
      let socket = try NotifySocket("\(directory)/notify")
      let notifier = try notifier(socket)
      notifier.tell(.ready, .status("serving"))
      notifier.tell(.stopping, .extendTimeout(.seconds(80)))
      #expect(
        socket.states() == ["READY=1", "STATUS=serving", "STOPPING=1", "EXTEND_TIMEOUT_USEC=80000000"])
    }
  }

  @Test func reachesAnAbstractName() throws {
    let socket = try NotifySocket("@sluice-test-\(UInt64.random(in: .min ... .max))")
    try notifier(socket).tell(.ready)
    #expect(socket.states() == ["READY=1"])
  }

  /// The reason of a problem may hold the text of a database.
  @Test func aStatusCannotBeginAnotherState() async throws {
    try await withTemporaryDirectory { directory in
      let socket = try NotifySocket("\(directory)/notify")
      try notifier(socket).tell(.status("lost\nREADY=1\u{1}" + String(repeating: "x", count: 9_000)))
      let states = socket.states()
      #expect(states.count == 1 && states[0].hasPrefix("STATUS=lost READY=1 xxx"))
      #expect(states[0].utf8.count < 600)
    }
  }

  @Test(
    arguments: [
      (["WATCHDOG_USEC": "60000000"], true), (["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "42"], true),
      (["WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "43"], false), (["WATCHDOG_USEC": "0"], false),
      (["WATCHDOG_USEC": "many"], false), ([:], false),
    ] as [([String: String], Bool)])
  func feedsOnlyAWatchdogOfThisProcess(_ environment: [String: String], _ isFed: Bool) async throws {
    try await withTemporaryDirectory { directory in
      let socket = try NotifySocket("\(directory)/notify")
      try notifier(socket, environment).tell(.watchdog)
      #expect(socket.states() == (isFed ? ["WATCHDOG=1"] : []))
    }
  }

  @Test(arguments: [
    [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"], ["NOTIFY_SOCKET": "/"],
    ["NOTIFY_SOCKET": "vsock:2:1234"], ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)],
  ])
  func withoutAUsableAddressThereIsNone(_ environment: [String: String]) {
    #expect(ServiceNotifier(environment: environment, processID: 42) == nil)
  }

  @Test func aManagerThatIsGoneIsNoError() throws {
    let environment = ["NOTIFY_SOCKET": "/nowhere/notify"]
    try #require(ServiceNotifier(environment: environment, processID: 42)).tell(.ready)
  }
}
