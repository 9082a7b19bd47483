-- Stars are counted where reviews are written, whatever code writes them. A review is never deleted and its stars never
-- change, so nothing else can move the count. One of eight rows a product, by luck: buyers do not wait for each other.

CREATE FUNCTION reviews_count_stars() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chosen smallint := floor(random() * 8)::smallint;
BEGIN
    INSERT INTO reviews_tally AS tally (shop_id, product_id, is_imported, slot, one, two, three, four, five)
    SELECT shop_id, product_id, is_imported, chosen,
           count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2), count(*) FILTER (WHERE stars = 3),
           count(*) FILTER (WHERE stars = 4), count(*) FILTER (WHERE stars = 5)
    FROM written GROUP BY shop_id, product_id, is_imported
    ORDER BY product_id, is_imported -- two imports that lock rows in different order would deadlock
    ON CONFLICT (product_id, is_imported, slot) DO UPDATE SET
        one = tally.one + excluded.one, two = tally.two + excluded.two, three = tally.three + excluded.three,
        four = tally.four + excluded.four, five = tally.five + excluded.five;
    RETURN NULL;
END
$$;

CREATE TRIGGER reviews_review_counted AFTER INSERT ON reviews_review
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_count_stars();
