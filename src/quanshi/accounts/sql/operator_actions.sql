-- What an operator has done to a person is evidence: a row is final. Only its words go when that person is erased.
CREATE FUNCTION accounts_operator_action_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.reason = '' AND (NEW.id, NEW.operator_id, NEW.person_id, NEW.action, NEW.request_id, NEW.at)
            IS NOT DISTINCT FROM (OLD.id, OLD.operator_id, OLD.person_id, OLD.action, OLD.request_id, OLD.at) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'accounts_operator_action is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER accounts_operator_action_is_final BEFORE UPDATE OR DELETE ON accounts_operator_action
FOR EACH ROW EXECUTE FUNCTION accounts_operator_action_is_final();

CREATE TRIGGER accounts_operator_action_stays BEFORE TRUNCATE ON accounts_operator_action
FOR EACH STATEMENT EXECUTE FUNCTION accounts_operator_action_is_final();
