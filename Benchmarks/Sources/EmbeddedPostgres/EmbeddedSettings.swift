extension ServerSetting {
  /// The configuration file of the embedded Postgres, without the socket's directory.
  public static var embeddedFile: String { file(embedded) }
}
