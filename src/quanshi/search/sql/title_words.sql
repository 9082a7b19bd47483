-- Of a document's words those of its titles, and the word of its shop. They are a tenth of all, so they stand in the row
-- itself: nothing is unpacked to rank by them, and their index tells without a look at the row what has a word there.
CREATE FUNCTION search_title_words(p_words tsvector, p_shop uuid) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ts_filter(p_words, '{a,b}') || array_to_tsvector(ARRAY['@' || replace(p_shop::text, '-', '')])
$$;

UPDATE search_document SET title_words = search_title_words(words, shop_id);
