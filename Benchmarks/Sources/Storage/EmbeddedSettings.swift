extension ServerSetting {
  /// The configuration file that the embedded Postgres writes for itself, without the socket's directory.
  public static var embeddedFile: String { file(embedded) }
}
