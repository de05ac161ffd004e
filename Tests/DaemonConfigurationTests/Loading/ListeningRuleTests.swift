import Testing

@testable import DaemonConfiguration

struct ListeningRuleTests {
  @Test(arguments: ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LOCALHOST"])
  func permitsLoopbackAddresses(host: String) throws {
    var settings = DaemonSettings()
    settings.tcp.host = host
    settings.http.host = host
    try SettingRules.check(settings)
  }

  @Test(arguments: [
    "0.0.0.0", "::", "10.0.0.7", "sluice.example.org", "127.0.0.1.example.org", "127.0.0.256",
  ])
  func namesBothWaysOutOfAnotherAddress(host: String) throws {
    for path in [\DaemonSettings.tcp.host, \DaemonSettings.http.host] {
      var settings = DaemonSettings()
      settings[keyPath: path] = host
      #expect {
        try SettingRules.check(settings)
      } throws: { error in
        let text = "\(error)"
        return text.contains(host) && text.contains("auth.credentials") && text.contains("--insecure-open")
      }
      try SettingRules.check(settings, listens: false)
      var open = settings
      open.isInsecurelyOpen = true
      try SettingRules.check(open)
      settings.credentials = "credentials.yaml"
      try SettingRules.check(settings)
    }
  }

  @Test(
    arguments: [
      ("a.example.org, 10.0.0.7", ["a.example.org", "10.0.0.7"]), ("::1", ["::1"]), ("Host", ["host"]),
      ("a:80", nil), ("", nil), ("a,,b", nil), ("[::1]", nil), ("a/b", nil),
    ] as [(String, [String]?)])
  func readsHostNames(text: String, hosts: [String]?) {
    #expect(OriginList.hosts(text) == hosts)
  }
}
