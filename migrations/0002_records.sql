-- Records: everything that the state holds beside accounts and orders. The kinds are those of protocol/state/record.ts.

CREATE TABLE record (
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 255),
  key BLOB NOT NULL CHECK (length(key) = 32),
  value BLOB NOT NULL CHECK (length(value) <= 2048),
  updated_height INTEGER NOT NULL CHECK (updated_height >= 1),
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
