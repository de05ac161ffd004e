internal import StoreInterface

extension Migration {
  /// Number of rows of `counters`. Writers spread over the rows, so that they do not wait for each other.
  static let counterShards = 16

  /// The first version of the schema; `spec/schema.md` describes each column.
  static func initialSchema(_ options: SchemaOptions) -> String {
    events(payload: options.payloadType) + ledger + deadEvents + counters + store(options.payloadType)
  }

  /// Each choice was measured to make ingest faster: no serial column, no foreign key, fixed-width columns
  /// first, keys compared byte by byte.
  private static func events(payload: PayloadType) -> String {
    """
    CREATE TABLE events (
      ts timestamptz NOT NULL,
      processed_at timestamptz NOT NULL DEFAULT now(),
      batch_id bigint NOT NULL,
      event_id text COLLATE "C" NOT NULL,
      topic text COLLATE "C" NOT NULL,
      source text NOT NULL,
      payload \(payload.rawValue),
      PRIMARY KEY (event_id, topic));
    CREATE INDEX events_ts ON events USING brin (ts);
    CREATE INDEX events_batch_id ON events USING brin (batch_id);

    """
  }

  private static let ledger = """
    CREATE TABLE producers (
      producer uuid PRIMARY KEY,
      owner text NOT NULL,
      name text NOT NULL,
      session bigint NOT NULL DEFAULT 1,
      floor bigint NOT NULL DEFAULT 0,
      seen_at timestamptz NOT NULL DEFAULT now(),
      batches bigint NOT NULL DEFAULT 0,
      received bigint NOT NULL DEFAULT 0,
      unique_ bigint NOT NULL DEFAULT 0,
      duplicate bigint NOT NULL DEFAULT 0,
      dead bigint NOT NULL DEFAULT 0);
    CREATE TABLE batches (
      batch_id bigint NOT NULL,
      producer uuid,
      sequence bigint,
      base bigint NOT NULL,
      digest bigint NOT NULL,
      received int NOT NULL,
      unique_ int NOT NULL,
      duplicate int NOT NULL,
      dead int NOT NULL,
      xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
      committed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (producer, sequence),
      CHECK (received = unique_ + duplicate + dead)) WITH (fillfactor = 80);
    CREATE INDEX batches_tail ON batches (xid, batch_id);
    CREATE SEQUENCE group_ids;

    """

  private static let deadEvents = """
    CREATE TABLE dead_events (
      batch_id bigint NOT NULL,
      position int NOT NULL,
      reason text NOT NULL,
      detail text,
      producer uuid NOT NULL,
      sequence bigint NOT NULL,
      at timestamptz NOT NULL DEFAULT now(),
      time_us bigint,
      topic text,
      event_id text,
      source text,
      bytes bytea NOT NULL,
      byte_count int NOT NULL,
      PRIMARY KEY (batch_id, position));

    """

  private static let counters = """
    CREATE TABLE counters (
      shard int PRIMARY KEY,
      received bigint NOT NULL DEFAULT 0,
      unique_ bigint NOT NULL DEFAULT 0,
      duplicate bigint NOT NULL DEFAULT 0,
      dead bigint NOT NULL DEFAULT 0,
      conflicts bigint NOT NULL DEFAULT 0,
      expired bigint NOT NULL DEFAULT 0) WITH (fillfactor = 20);
    INSERT INTO counters (shard) SELECT generate_series(0, \(counterShards - 1));

    """

  private static func store(_ payload: PayloadType) -> String {
    """
    CREATE TABLE store (
      singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
      id uuid NOT NULL DEFAULT gen_random_uuid(),
      payload_type text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now());
    INSERT INTO store (payload_type) VALUES ('\(payload.rawValue)');
    """
  }
}
