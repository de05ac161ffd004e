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
}
