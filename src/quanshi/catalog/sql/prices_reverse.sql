DROP TRIGGER catalog_price_is_append_only ON catalog_price;
DROP FUNCTION catalog_refuse_price_change();
