extension SchemaError {
  /// What a failed statement means to the one who starts the program.
  init(_ error: PostgresError) {
    self =
      if error.isConnectionLost {
        .connectionLost(error.description)
      } else if error.state == "42501" {
        .missingRight(
          "change the schema (\(error.message))",
          grant: "sluiced migrate, once, as the owner of the database")
      } else {
        .unavailable(error.description)
      }
  }
}
