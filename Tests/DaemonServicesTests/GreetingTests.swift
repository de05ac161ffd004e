import DaemonConfiguration
import DaemonServices
import Testing

struct GreetingTests {
  private func text(isEmbedded: Bool = true, _ change: (inout DaemonSettings) -> Void = { _ in }) -> String {
    var settings = DaemonSettings()
    settings.dataDirectory = "/srv/sluice"
    change(&settings)
    return Greeting(
      settings, tcpPort: 7171, httpPort: 8080, psql: "psql 'host=/run/x'", isEmbedded: isEmbedded
    ).description
  }

  @Test func tellsAddressesDatabaseAndDirectory() {
    let text = text()
    for part in [
      "127.0.0.1:7171\n", "http://127.0.0.1:8080/\n", "embedded PostgreSQL, schema sluice\n",
      "psql 'host=/run/x'\n", "/srv/sluice\n", "sluice-publish generate --port 7171 --events 1000\n",
    ] {
      #expect(text.contains(part), "\(part) is missing in: \(text)")
    }
  }

  @Test func anExternalDatabaseHasNoDataDirectory() {
    let text = text(isEmbedded: false)
    #expect(!text.contains("/srv/sluice") && !text.contains("embedded"))
  }

  @Test(
    arguments: [
      ("0.0.0.0", [], "https://localhost:8080/"), ("::1", [], "https://[::1]:8080/"),
      ("0.0.0.0", ["events.example.org"], "https://events.example.org:8080/"),
    ] as [(String, [String], String)])
  func theAddressToOpenIsOneThatABrowserCanOpen(_ host: String, _ names: [String], _ url: String) {
    let text = text {
      ($0.http.host, $0.httpHosts, $0.tls.certificate) = (host, names, "server.pem")
    }
    #expect(text.contains("\(url)\n"), "\(text)")
  }

  @Test func withCredentialsTheNextStepIsAKey() {
    #expect(text { $0.credentials = "credentials.yaml" }.contains("sluiced credentials add"))
  }

  @Test func onAllAddressesItSaysSo() {
    let text = text { $0.tcp.host = "::" }
    #expect(text.contains("[::]:7171 (every address of this machine)\n"), "\(text)")
  }
}
