// Tests with a Postgres also wait, so one import gives both.
@_exported public import Waiting
