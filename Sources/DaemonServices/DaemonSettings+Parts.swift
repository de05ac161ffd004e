public import DaemonConfiguration
public import HTTPAdmin
public import SocketIO
public import TCPIngest
public import TLSTransport
internal import WireProtocol

/// The settings in the form that each part needs.
extension DaemonSettings {
  /// Returns the configuration of the server for producers' connections.
  /// - Throws: `SocketError` when `tcp.host` has no address. Blocks while a name is resolved.
  public func ingestServerConfiguration() throws(SocketError) -> IngestServerConfiguration {
    precondition((0...65_535).contains(tcp.port), "settings made in code must also be in their ranges")
    precondition(limits.connections >= 1 && limits.connectionsOfAddress >= 0, "as the configuration checks")
    let endpoint = SocketEndpoint(host: tcp.host, port: UInt16(tcp.port))
    guard let address = try endpoint.resolveBlocking().first else {
      throw SocketError(.resolve, endpoint.description, reason: "it has no address")
    }
    var configuration = IngestServerConfiguration(
      address: address, connections: limits.connections,
      limits: ConnectionLimits(
        batch: limits.batch, event: limits.event, span: UInt32(limits.span),
        heartbeat: timeouts.heartbeat, idleTimeout: timeouts.idle),
      credit: Credit(batches: UInt64(limits.creditBatches), bytes: UInt64(limits.creditBytes)),
      handshake: timeouts.handshake, bodyProgress: timeouts.frame)
    let ofAddress = limits.connectionsOfAddress
    configuration.connectionsOfAddress = ofAddress == 0 ? nil : ofAddress
    configuration.hellosOfAddress = limits.hellosOfAddress
    configuration.unauthenticated = limits.unauthenticated
    configuration.unauthenticatedOfAddress = limits.unauthenticatedOfAddress
    configuration.unreadBound = limits.unreadBytes
    return configuration
  }

  /// The settings of TLS on the ingest port; nil without TLS.
  public var tlsServerSettings: TLSServerSettings? {
    guard let certificate = tls.certificate, let key = tls.key else { return nil }
    var server = TLSServerSettings(certificate: certificate, key: key)
    server.clientAuthorities = tls.clientAuthorities
    server.requiresClientCertificate = tls.requiresClientCertificate
    server.minimum = tls.minimum == .tls12 ? .tls12 : .tls13
    return server
  }

  /// The settings of TLS on the HTTP port; nil without TLS.
  public var httpEncryptionSettings: HTTPEncryption.Settings? {
    guard tls.isOnForHTTP, let certificate = tls.certificate, let key = tls.key else { return nil }
    var http = HTTPEncryption.Settings(certificate: certificate, key: key)
    http.clientAuthorities = tls.clientAuthorities
    http.requiresClientCertificate = tls.requiresClientCertificate
    http.permitsVersion12 = tls.minimum == .tls12
    http.handshake = timeouts.handshake
    return http
  }

  /// The settings of the HTTP server.
  public var adminSettings: AdminSettings {
    var admin = AdminSettings(
      host: http.host, port: http.port, version: SluiceVersion.current,
      connections: httpLimits.connections, bodyBytes: httpLimits.bodyBytes,
      bodyMemory: httpLimits.bodyMemory, pageMemory: httpLimits.pageMemory,
      receiveTime: httpLimits.receive, idleTime: httpLimits.idle)
    admin.origins = Set(origins)
    admin.hosts = httpHosts
    admin.publishesPartially = publishesPartially
    admin.mappings = mappings
    admin.compatibility = CompatibilitySettings(
      hasBareArrays: httpLimits.hasBareArrays, answersAccepted: httpLimits.answersAccepted)
    // Half of the ledger's retention time, because after an older position the tail could miss pruned
    // batches: the times in the ledger are those at which the transactions began.
    admin.tail = TailSettings(
      poll: tail.poll, subscribers: tail.subscribers, bufferBytes: tail.buffer, oldest: retention.ledger / 2)
    return admin
  }
}
