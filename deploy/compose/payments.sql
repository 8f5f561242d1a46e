-- One payment more and one corrected; now and then one taken back. Run by pgbench, which fills in what begins with a colon.
\set number random(1, 1000000000)
\set user random(1, 40)
\set merchant random(1, 12)
\set cents random(100, 20000)
\set chance random(1, 10)
INSERT INTO transactions VALUES ('tx' || :number, 'payment', :cents / 100.0, CURRENT_TIMESTAMP, 'user-' || :user,
  (ARRAY['USD', 'GBP', 'EUR'])[1 + :user % 3], 'London', 'GB', 'merchant-' || :merchant, 'credit_card', '192.0.2.1', '', NULL)
  ON CONFLICT DO NOTHING;
UPDATE transactions SET amount = amount + 1
  WHERE transaction_id = (SELECT transaction_id FROM transactions ORDER BY "timestamp" DESC OFFSET :chance LIMIT 1);
DELETE FROM transactions WHERE transaction_id = 'tx' || :number AND :chance = 1;
