import Testing

@testable import DaemonConfiguration

struct ConnectionStringTests {
  @Test(arguments: [
    "postgres://app:secret@db/sluice", "postgresql://app:@db", "postgres://app:p%40ss@db:5432/sluice",
    "postgres://app:one@two@db/sluice", "postgres://db/sluice?user=app&password=secret",
    "postgres://db/sluice?sslpassword=x", "host=db password=secret", "host=db PASSWORD = 'se cret'",
    "password=secret",
  ])
  func findsAPassword(_ text: String) {
    #expect(ConnectionString.holdsPassword(text))
  }

  @Test(arguments: [
    "postgres://app@db/sluice", "postgres://db:5432/sluice", "postgres://[::1]:5432/sluice",
    "host=db user=app",
    "postgres:///sluice?host=/run/postgresql", "host=/var/run passfile=/etc/pgpass", "dbname=password", "",
  ])
  func findsNoneWhereThereIsNone(_ text: String) {
    #expect(!ConnectionString.holdsPassword(text))
  }

  @Test(arguments: [
    "postgres://app:secret@db/sluice", "postgresql://app@db:5432/sluice?sslmode=require&user=a@b",
    "postgresql://",
    "postgres://app:p%40s%2Fs@db/sluice", "host=db user=app", "dbname = 'sluice'", "host=db password=a://b",
  ])
  func takesWhatLibpqReads(_ text: String) {
    #expect(ConnectionString.expectation(against: text) == nil)
  }

  @Test(arguments: [
    "postgresql+asyncpg://app:secret@db/sluice", "http://app:secret@db/",
    "jdbc:postgresql://db/a?password=secret",
    "mysql://db/a", "POSTGRES://db/a", "sluice", "", "postgres://app:s@cret@db/sluice",
    "postgres://app:s/cret@db/a",
    "postgres://app:s#cret@db/a",
  ])
  func refusesWhatLibpqWouldMisread(_ text: String) {
    let expected = ConnectionString.expectation(against: text)
    #expect(expected != nil)
    #expect(expected?.contains("cret") != true)
  }
}
