extension StoreFixture {
  /// Adds a trigger that runs `action` at inserts into `table`.
  /// - Parameters:
  ///   - times: Maximum runs of the action, over all connections. Runs in rolled back transactions count,
  ///     too.
  ///   - condition: SQL condition of the rows; `NEW` is the row.
  ///   - action: Statements in PL/pgSQL.
  func sabotage(
    _ table: String, times: Int = .max, when condition: String = "true", _ action: String
  ) async throws {
    try await sql(
      """
      CREATE SEQUENCE sabotages;
      CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF (\(condition)) AND nextval('sluice.sabotages') <= \(times) THEN \(action); END IF;
          RETURN NEW;
        END $$;
      CREATE TRIGGER sabotage BEFORE INSERT ON \(table) FOR EACH ROW EXECUTE FUNCTION sabotage()
      """)
  }

  /// As `sabotage`, but at the COMMIT of a transaction that inserted into `batches`.
  func sabotageCommit(times: Int = .max, _ action: String) async throws {
    try await sql(
      """
      CREATE SEQUENCE sabotages;
      CREATE FUNCTION sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF nextval('sluice.sabotages') <= \(times) THEN \(action); END IF;
          RETURN NULL;
        END $$;
      CREATE CONSTRAINT TRIGGER sabotage AFTER INSERT ON batches DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION sabotage()
      """)
  }

  /// Returns how often the trigger met its condition, including calls after `times` runs.
  func sabotages() async throws -> Int {
    try await number("SELECT last_value FROM sabotages")
  }
}
