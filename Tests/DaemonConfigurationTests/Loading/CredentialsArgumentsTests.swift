import Ingest
import Principals
import Testing

@testable import DaemonConfiguration

struct CredentialsArgumentsTests {
  @Test func readsAPrincipalWithItsRights() throws {
    let invocation = try Invocation([
      "credentials", "add", "shop", "--role", "publish", "--role=read", "--publish-topic", "orders.*",
      "--publish-topic", "refunds", "--read-topic", "orders.*", "--quota-bytes", "10MiB", "--expires", "90d",
      "--auth-credentials", "c.yaml",
    ])
    let arguments = try #require(invocation.credentials)
    #expect(invocation.command == .credentials)
    #expect(invocation.values == ["auth.credentials": "c.yaml"])
    #expect(arguments.action == .add)
    #expect(arguments.name == "shop")
    #expect(arguments.roles == [.publish, .read])
    #expect(arguments.publishTopics == .only([.prefix("orders."), .exact("refunds")]))
    #expect(arguments.readTopics == .only([.prefix("orders.")]))
    #expect(arguments.quota == PublishQuota(bytes: 10 << 20))
    #expect(arguments.expiry(at: 1_000) == 7_777_000)
  }

  @Test func readsATimeAndTheOtherActions() throws {
    let rotate = try Invocation(["credentials", "rotate", "shop", "--expires", "1970-01-01T00:01:00Z"])
    #expect(rotate.credentials?.expiry(at: 0) == 60)
    for words in [["list"], [], ["--auth-credentials", "c.yaml"]] {
      #expect(try Invocation(["credentials"] + words).credentials?.action == .list)
    }
    #expect(try Invocation(["credentials", "revoke", "shop", "--key", "abc"]).credentials?.keyID == "abc")
    #expect(try Invocation(["credentials", "--help"]).command == .help)
  }

  @Test(arguments: [
    ["credentials", "ad", "shop"], ["credentials", "add"], ["credentials", "add", "a b", "--role", "read"],
    ["credentials", "add", "shop"], ["credentials", "add", "shop", "--role", "root"],
    ["credentials", "add", "shop", "--role", "read", "--expires", "soon"],
    ["credentials", "add", "shop", "--role", "read", "--read-topic", "a*b"],
    ["credentials", "add", "shop", "--role", "read", "--quota-events", "0"],
    ["credentials", "add", "shop", "--role"], ["run", "--role", "read"],
  ])
  func refusesOtherWords(arguments: [String]) {
    #expect(throws: ConfigurationError.self) { try Invocation(arguments) }
  }

  @Test func aFlagMayStandAlone() throws {
    #expect(try Invocation(["--insecure-open"]).values == ["insecure.open": "true"])
    #expect(
      try Invocation(["--insecure-open", "--tcp-port", "1"]).values == [
        "insecure.open": "true", "tcp.port": "1",
      ])
    #expect(try Invocation(["--insecure-open", "false"]).values == ["insecure.open": "false"])
  }
}
