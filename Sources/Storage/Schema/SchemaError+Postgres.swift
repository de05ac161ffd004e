extension SchemaError {
  /// What a failed statement means to the one who starts the program.
  init(_ error: PostgresError) {
    guard error.state == "42501" else {
      self = .unavailable(error.description)
      return
    }
    self = .missingRight(
      "change the schema (\(error.message))", grant: "sluiced migrate, once, as the owner of the database")
  }
}
