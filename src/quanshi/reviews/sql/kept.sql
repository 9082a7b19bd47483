-- Reviews are never deleted, and nobody changes what was said. Source: E-Commerce Law, Art. 17 and 39.

CREATE FUNCTION reviews_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: reviews are never deleted', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reviews_never_deleted', TABLE = TG_TABLE_NAME;
END
$$;

CREATE FUNCTION reviews_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.id, OLD.shop_id, OLD.product_id, OLD.order_id, OLD.order_line_id, OLD.options, OLD.stars, OLD.text,
        OLD.pictures, OLD.has_pictures, OLD.source, OLD.is_imported, OLD.written_at)
       IS DISTINCT FROM
       (NEW.id, NEW.shop_id, NEW.product_id, NEW.order_id, NEW.order_line_id, NEW.options, NEW.stars, NEW.text,
        NEW.pictures, NEW.has_pictures, NEW.source, NEW.is_imported, NEW.written_at)
       OR OLD.added_at IS NOT NULL AND (OLD.addition, OLD.addition_pictures, OLD.added_at)
          IS DISTINCT FROM (NEW.addition, NEW.addition_pictures, NEW.added_at)
       -- a name may be taken away when its owner leaves, and never be given
       OR NEW.author_name NOT IN (OLD.author_name, '') THEN
        RAISE EXCEPTION 'review % says what it says', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reviews_never_changed', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER reviews_review_kept BEFORE DELETE OR TRUNCATE ON reviews_review
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_refuse_removal();
CREATE TRIGGER reviews_review_unchanged BEFORE UPDATE ON reviews_review
    FOR EACH ROW EXECUTE FUNCTION reviews_refuse_change();
CREATE TRIGGER reviews_decision_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON reviews_decision
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_refuse_removal();
