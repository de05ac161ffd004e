import DaemonConfiguration

extension DaemonSettings {
  /// The defaults, over the database that `url` names.
  init(url: String) {
    self.init()
    database.url = url
  }

  /// The defaults, with a private Postgres in `dataDirectory`.
  init(dataDirectory: String) {
    self.init()
    self.dataDirectory = dataDirectory
  }
}
