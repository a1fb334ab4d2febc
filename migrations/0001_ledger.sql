-- The ledger: final blocks and what follows from them. Forward only: a later change is a new file.
-- STRICT keeps a REAL out of an INTEGER column; money is 0..10^18 zhi, the supply, which fits int64.

CREATE TABLE genesis (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  bytes BLOB NOT NULL
) STRICT;

-- A commit sets bad = 1 unless it extends the tip, and so aborts its whole batch.
CREATE TABLE tip (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  height INTEGER NOT NULL CHECK (height >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  time_ms INTEGER NOT NULL CHECK (time_ms >= 0),
  bad INTEGER NOT NULL CHECK (bad = 0)
) STRICT;

CREATE TABLE block (
  height INTEGER PRIMARY KEY NOT NULL CHECK (height >= 1),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  time_ms INTEGER NOT NULL CHECK (time_ms >= 0),
  header BLOB NOT NULL,
  body BLOB NOT NULL,
  certificate BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX block_hash ON block (hash);

CREATE TABLE account (
  key BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
  balance INTEGER NOT NULL CHECK (balance BETWEEN 0 AND 1000000000000000000),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  home_region INTEGER NOT NULL CHECK (home_region BETWEEN 0 AND 8),
  updated_height INTEGER NOT NULL CHECK (updated_height >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE chain_order (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
  record BLOB NOT NULL,
  state TEXT NOT NULL CHECK (
    state IN ('open', 'matched', 'computed', 'checked', 'confirmed', 'settled', 'cancelled', 'expired', 'unserved')
  ),
  demander BLOB NOT NULL CHECK (length(demander) = 32),
  region INTEGER NOT NULL CHECK (region BETWEEN 0 AND 8),
  opened_height INTEGER NOT NULL CHECK (opened_height >= 1),
  updated_height INTEGER NOT NULL CHECK (updated_height >= opened_height)
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_order_demander ON chain_order (demander, opened_height, id);

CREATE TABLE transaction_ (
  hash BLOB PRIMARY KEY NOT NULL CHECK (length(hash) = 32),
  height INTEGER NOT NULL CHECK (height >= 1),
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 1999),
  type INTEGER NOT NULL CHECK (type BETWEEN 0 AND 255),
  sender BLOB NOT NULL CHECK (length(sender) = 32),
  nonce INTEGER NOT NULL CHECK (nonce >= 0),
  outcome TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX transaction_place ON transaction_ (height, idx);

CREATE TABLE order_transaction (
  order_id BLOB NOT NULL CHECK (length(order_id) = 32),
  height INTEGER NOT NULL CHECK (height >= 1),
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 1999),
  entry INTEGER NOT NULL CHECK (entry BETWEEN 0 AND 7),
  code INTEGER NOT NULL CHECK (code BETWEEN 0 AND 999),
  PRIMARY KEY (order_id, height, idx, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
  height INTEGER NOT NULL CHECK (height >= 1),
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 1999),
  n INTEGER NOT NULL CHECK (n >= 0),
  account BLOB NOT NULL CHECK (length(account) = 32),
  delta INTEGER NOT NULL CHECK (delta BETWEEN -1000000000000000000 AND 1000000000000000000),
  PRIMARY KEY (height, idx, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  height INTEGER NOT NULL CHECK (height >= 1),
  idx INTEGER NOT NULL CHECK (idx >= 0),
  type TEXT NOT NULL,
  transaction_idx INTEGER CHECK (transaction_idx BETWEEN 0 AND 1999),
  order_id BLOB CHECK (length(order_id) = 32),
  account BLOB CHECK (length(account) = 32),
  region INTEGER CHECK (region BETWEEN 0 AND 8),
  body TEXT NOT NULL,
  PRIMARY KEY (height, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook (
  id TEXT PRIMARY KEY NOT NULL CHECK (length(id) BETWEEN 1 AND 64),
  account BLOB NOT NULL CHECK (length(account) = 32),
  created_ms INTEGER NOT NULL CHECK (created_ms >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_account ON webhook (account);
