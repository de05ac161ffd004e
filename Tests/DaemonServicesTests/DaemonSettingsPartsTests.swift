import DaemonConfiguration
import DaemonServices
import HTTPAdmin
import Ingest
import SocketIO
import TCPIngest
import Testing
import WireProtocol

/// Each setting must reach the part of the daemon that uses it.
struct DaemonSettingsPartsTests {
  @Test func theTCPSideGetsItsSettings() throws {
    var settings = DaemonSettings()
    settings.tcp = ListenAddress(host: "127.0.0.2", port: 17)
    settings.limits.batch = BatchLimits(bodyBytes: 1, rawBytes: 2, events: 3, dictionary: 4)
    settings.limits.event = EventLimits(nameScalars: 5, payloadBytes: 6, jsonDepth: 7, jsonExponent: 8)
    settings.limits.span = 9
    settings.limits.connections = 10
    settings.limits.creditBatches = 11
    settings.limits.creditBytes = 12
    settings.timeouts.handshake = .seconds(13)
    settings.timeouts.frame = .seconds(14)
    settings.timeouts.heartbeat = .seconds(15)
    settings.timeouts.idle = .seconds(16)
    let server = try settings.ingestServerConfiguration()
    let address = try SocketAddress(ip: "127.0.0.2", port: 17)
    #expect(server.address == address)
    #expect(server.connections == 10)
    #expect(server.credit == Credit(batches: 11, bytes: 12))
    #expect(server.handshake == .seconds(13))
    #expect(server.bodyProgress == .seconds(14))
    #expect(
      server.limits
        == ConnectionLimits(
          batch: settings.limits.batch, event: settings.limits.event, span: 9, heartbeat: .seconds(15),
          idleTimeout: .seconds(16)))
  }

  @Test func theTCPSidesDefaultsAreTheDaemons() throws {
    let server = try DaemonSettings().ingestServerConfiguration()
    let standard = IngestServerConfiguration(address: .loopback(port: 7171))
    #expect(server.address == standard.address)
    #expect(server.connections == standard.connections)
    #expect(server.limits == standard.limits)
    #expect(server.credit == standard.credit)
    #expect(server.handshake == standard.handshake)
    #expect(server.bodyProgress == standard.bodyProgress)
  }

  @Test func aHostWithoutAddressIsNamed() {
    var settings = DaemonSettings()
    settings.tcp.host = "not an address"
    let error = #expect(throws: SocketError.self) { try settings.ingestServerConfiguration() }
    #expect(error?.description.contains("not an address") == true)
  }

  @Test func theHTTPSideGetsItsSettings() {
    var settings = DaemonSettings()
    settings.http = ListenAddress(host: "::1", port: 18)
    settings.httpLimits.connections = 19
    settings.httpLimits.bodyBytes = 20
    settings.httpLimits.bodyMemory = 21
    settings.httpLimits.pageMemory = 22
    settings.httpLimits.hasBareArrays = true
    settings.origins = ["http://a", "http://b"]
    settings.tail.poll = .milliseconds(24)
    settings.tail.subscribers = 25
    settings.tail.buffer = 26
    settings.retention.ledger = .seconds(54)
    let admin = settings.adminSettings
    #expect(admin.host == "::1")
    #expect(admin.port == 18)
    #expect(admin.version == SluiceVersion.current)
    #expect(admin.connections == 19)
    #expect(admin.bodyBytes == 20)
    #expect(admin.bodyMemory == 21)
    #expect(admin.pageMemory == 22)
    #expect(admin.compatibility == CompatibilitySettings(hasBareArrays: true, answersAccepted: false))
    settings.httpLimits.hasBareArrays = false
    settings.httpLimits.answersAccepted = true
    #expect(
      settings.adminSettings.compatibility
        == CompatibilitySettings(hasBareArrays: false, answersAccepted: true))
    #expect(admin.origins == ["http://a", "http://b"])
    let tail = TailSettings(
      poll: .milliseconds(24), subscribers: 25, bufferBytes: 26, oldest: .seconds(27))
    #expect(admin.tail == tail)
  }

  @Test func theHTTPSidesDefaultsAreTheDaemons() {
    let admin = DaemonSettings().adminSettings
    let standard = AdminSettings(version: SluiceVersion.current)
    #expect(admin.host == standard.host)
    #expect(admin.port == standard.port)
    #expect(admin.connections == standard.connections)
    #expect(admin.bodyBytes == standard.bodyBytes)
    #expect(admin.bodyMemory == standard.bodyMemory)
    #expect(admin.pageMemory == standard.pageMemory)
    #expect(admin.tail == standard.tail)
    #expect(admin.compatibility == standard.compatibility)
    #expect(admin.origins == standard.origins)
  }
}
