-- Whatever stands side by side in a text, in capitals: the pairs of its characters, its last one, and a word for the shop.
-- Who looks for a part of a title finds its pairs here, in any script and from two characters on; by the beginning of a
-- pair also a single one. Trigrams would not do: most Chinese words have two characters.
CREATE FUNCTION catalog_pairs(p_shop uuid, VARIADIC p_texts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 2000 AS $$
    SELECT array_to_tsvector(array_append(array_agg(substr(capitals, place, 2)), '@' || p_shop))
    FROM unnest(p_texts) AS one (content), upper(content) AS capitals, generate_series(1, length(capitals)) AS place
$$;

-- What asks catalog_pairs for texts of the shop that hold `p_words`, and for some others that have all its pairs.
CREATE FUNCTION catalog_pairs_of(p_shop uuid, p_words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (string_agg('''' || replace(replace(pair, '\', '\\'), '''', '''''') || '''' || ending, ' & ')
            || ' & ''@' || p_shop || '''')::tsquery
    FROM (
        SELECT substr(capitals, place, 2) AS pair, CASE WHEN length(capitals) = 1 THEN ':*' ELSE '' END AS ending
        FROM upper(p_words) AS capitals, generate_series(1, greatest(length(capitals) - 1, 1)) AS place
    ) AS wanted
$$;
