-- An owner's endpoints: the value of a record of kind 17 begins with its owner's key.

CREATE INDEX record_endpoint_owner ON record (substr(value, 1, 32), key) WHERE kind + 0 = 17;
