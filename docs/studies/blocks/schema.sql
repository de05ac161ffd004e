-- Tables of the prototype. Everything of a batch is in a few rows, none of them for a single event.
CREATE SCHEMA blocks;

-- One row for each shard. A transaction moves `position` from the number that its writer has seen to the next one,
-- so "I saw every earlier run" is a condition of the commit. The sums replace the table `counters`.
CREATE TABLE blocks.head (
  shard int PRIMARY KEY,
  position bigint NOT NULL,
  received bigint NOT NULL,
  unique_ bigint NOT NULL,
  duplicate bigint NOT NULL,
  -- Points of the key hash, secret, because somebody who knows them can make two keys with one hash.
  first_point bigint NOT NULL,
  second_point bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO blocks.head VALUES (0, 0, 0, 0, 0, 2 + (random() * 2e18)::bigint, 2 + (random() * 2e18)::bigint);

-- The ledger: one row for each batch, as in the product.
CREATE TABLE blocks.ledger (
  producer uuid NOT NULL,
  sequence bigint NOT NULL,
  run bigint NOT NULL,
  received int NOT NULL,
  unique_ int NOT NULL,
  duplicate int NOT NULL,
  CHECK (received = unique_ + duplicate),
  PRIMARY KEY (producer, sequence)
);

-- One row for each batch: its columns as they came. `dropped` has one bit for each event, 1 for a duplicate.
CREATE TABLE blocks.blocks (
  run bigint NOT NULL,
  place int NOT NULL,
  raw int NOT NULL,
  events int NOT NULL,
  kept int NOT NULL,
  min_ts bigint NOT NULL,
  max_ts bigint NOT NULL,
  columns bytea NOT NULL,
  dropped bytea,
  PRIMARY KEY (run, place)
);
ALTER TABLE blocks.blocks ALTER columns SET STORAGE EXTERNAL;
CREATE INDEX blocks_newest ON blocks.blocks (max_ts);

-- One row for each group, and later one for several groups: the sorted key hashes of the positions first to last,
-- 16 bytes each. Merged runs have their filter.
CREATE TABLE blocks.runs (
  first bigint NOT NULL,
  last bigint NOT NULL,
  level int NOT NULL,
  count int NOT NULL,
  keys bytea NOT NULL,
  filter bytea,
  PRIMARY KEY (last, first)
);
ALTER TABLE blocks.runs ALTER keys SET STORAGE EXTERNAL, ALTER filter SET STORAGE EXTERNAL;
