-- Who changed a payment, when, and from what to what, kept in the row itself by triggers. An option: nothing needs it.
-- With REPLICA IDENTITY FULL each change also brings the whole row as it was before.
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS modified_by text;
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS modified_at timestamp;
ALTER TABLE transactions ADD COLUMN IF NOT EXISTS change_info jsonb;
ALTER TABLE transactions REPLICA IDENTITY FULL;

CREATE OR REPLACE FUNCTION record_change_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.modified_by := current_user;
  NEW.modified_at := CURRENT_TIMESTAMP;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION record_changed_columns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.change_info := jsonb_build_object('modified_by', current_user, 'modified_at', CURRENT_TIMESTAMP);
  IF NEW.amount IS DISTINCT FROM OLD.amount THEN
    NEW.change_info := NEW.change_info || jsonb_build_object('amount', jsonb_build_object('old', OLD.amount, 'new', NEW.amount));
  END IF;
  RETURN NEW;
END $$;

-- BEFORE triggers fire in the order of their names.
CREATE OR REPLACE TRIGGER trigger_record_user_update BEFORE UPDATE ON transactions
  FOR EACH ROW EXECUTE FUNCTION record_change_user();
CREATE OR REPLACE TRIGGER trigger_record_change_info BEFORE UPDATE ON transactions
  FOR EACH ROW EXECUTE FUNCTION record_changed_columns();
