-- The reference scene's table, in the database financial_db. Columns after the first four may be left out of an INSERT:
--   INSERT INTO transactions VALUES ('tx456', 'payment', 750.00, CURRENT_TIMESTAMP);
--   UPDATE transactions SET amount = 1000 WHERE transaction_id = 'tx123';
-- "timestamp" has no zone and is read as UTC, so that is what CURRENT_TIMESTAMP has to be.
ALTER DATABASE financial_db SET timezone = 'UTC';
CREATE TABLE IF NOT EXISTS transactions (
  transaction_id varchar(255) PRIMARY KEY,
  type           varchar(255),
  amount         decimal,
  "timestamp"    timestamp,
  user_id        varchar(255),
  currency       varchar(255),
  city           varchar(255),
  country        varchar(255),
  merchant_name  varchar(255),
  payment_method varchar(255),
  ip_address     varchar(255),
  voucher_code   varchar(255),
  affiliateId    varchar(255)
);
