import Logging

/// The channels that a producer needs for its endpoints and its spool.
struct ChannelPlan: Sendable {
  /// Chooses the channel of each event; nil unless keys are spread.
  let router: SpreadRouter?
  /// Settings of the channels. The first `router.count` of them have a server of their own. Later ones only
  /// send what an earlier producer left in the spool.
  private(set) var settings: [ConnectionManager.Setting]

  /// - Parameters:
  ///   - shares: numbers of the shares that the spool's directory has, besides the first one.
  ///   - transport: makes the transports; nil for sockets without encryption.
  /// - Throws: `invalidConfiguration`.
  init(
    _ endpoints: [Endpoint], _ configuration: Producer.Configuration, _ logger: Logger, shares: [Int],
    transport: ConnectionManager.TransportMaker?
  ) throws(ProducerError) {
    guard !endpoints.isEmpty else {
      throw ProducerError(.invalidConfiguration, "there is no endpoint to connect to; name at least one")
    }
    var homes: [Endpoint] = []
    if configuration.spread == .byKey {
      for endpoint in endpoints where !homes.contains(endpoint) { homes.append(endpoint) }
    }
    guard homes.count <= KeySpread.mostEndpoints else {
      throw ProducerError(
        .invalidConfiguration,
        "keys are spread over \(homes.count) endpoints; at most \(KeySpread.mostEndpoints) are possible")
    }
    let router = homes.isEmpty ? nil : SpreadRouter(homes)
    self.router = router
    settings = []
    let observers = ProducerObservers(configuration)
    for number in 1...max(1, homes.count) {
      let places = homes.isEmpty ? endpoints : homes.rotated(by: number - 1)
      var setting = ConnectionManager.Setting(
        endpoints: places, configuration: configuration.share(number), logger: logger,
        observers: observers)
      if let router { setting.homeChanged = { router.setAvailable($0, number - 1) } }
      settings.append(setting)
    }
    for number in shares where number > settings.count {
      settings.append(
        ConnectionManager.Setting(
          endpoints: endpoints, configuration: configuration.share(number), logger: logger,
          observers: observers))
    }
    for index in settings.indices { settings[index].channel = index }
    guard let transport else { return }
    for index in settings.indices { settings[index].transport = transport }
  }
}

extension Producer.Configuration {
  /// The configuration of the channel with this number, from 1 on. The first one has the configured identity.
  fileprivate func share(_ number: Int) -> Self {
    var share = self
    if number > 1 { share.identity = .random() }
    share.spool = spool?.share(number)
    return share
  }
}

extension [Endpoint] {
  /// The same endpoints from another start.
  fileprivate func rotated(by places: Int) -> [Endpoint] {
    Array(self[places...] + self[..<places])
  }
}
