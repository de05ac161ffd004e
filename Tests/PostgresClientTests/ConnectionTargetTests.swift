import PostgresClient
import Testing

struct ConnectionTargetTests {
  @Test(
    arguments: [
      (
        "host='/run/sluice 1' port=5432 user=sluice dbname=sluice",
        #"psql 'host='\''/run/sluice 1'\'' port=5432 dbname=sluice user=sluice'"#
      ),
      (
        "postgres://app:hunter2@db.example.org:6432/events?sslmode=require",
        "psql 'host=db.example.org port=6432 dbname=events user=app sslmode=require'"
      ),
      ("password=hunter2", "psql"), ("service=events", "psql 'service=events'"),
      (#"dbname='it\'s'"#, #"psql 'dbname='\''it\'\''s'\'''"#),
    ])
  func thePsqlCommandHasNoPassword(_ conninfo: String, _ command: String) {
    #expect(ConnectionSettings(conninfo: conninfo, schema: "sluice").psqlCommand == command)
  }
}
