-- Idempotency keys, many at once. The kernel owns kernel_idempotency_key; the rooms' own functions call these.

-- Claims the keys that nobody has claimed, each for the subject that it is to make, and says for each request i (a position in the arrays):
--   is_new[i]   this request has claimed its key just now
--   first[i]    position of the first request of these with the same key (i itself for all but doubles)
--   is_same[i]  the key's holder asked for the very same thing (always true where is_new)
--   answer[i]   what was stored for a key that was claimed earlier, null where nothing was stored
CREATE FUNCTION kernel_claim_keys(
    p_operation text, p_actor uuid[], p_key text[], p_hash bytea[], p_subject uuid[],
    OUT is_new boolean[], OUT first integer[], OUT is_same boolean[], OUT answer jsonb[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_count CONSTANT integer := cardinality(p_key);
    v_claimed_actor uuid[];
    v_claimed_key text[];
BEGIN
    -- keys sorted: two callers inserting the same keys in different order would deadlock
    WITH claimed AS (
        INSERT INTO kernel_idempotency_key (actor_id, operation, key, request_hash, subject_id)
        SELECT DISTINCT ON (actor, key COLLATE "C") actor, p_operation, key, hash, subject
        FROM unnest(p_actor, p_key, p_hash, p_subject) WITH ORDINALITY AS asked (actor, key, hash, subject, n)
        ORDER BY actor, key COLLATE "C", n
        ON CONFLICT DO NOTHING
        RETURNING actor_id, kernel_idempotency_key.key
    )
    SELECT array_agg(claimed.actor_id), array_agg(claimed.key) INTO v_claimed_actor, v_claimed_key FROM claimed;

    IF cardinality(v_claimed_key) = v_count THEN
        is_new := array_fill(true, ARRAY[v_count]);
        is_same := is_new;
        answer := array_fill(NULL::jsonb, ARRAY[v_count]);
        first := ARRAY(SELECT generate_series(1, v_count));
        RETURN;
    END IF;

    -- A statement of its own: the one above cannot see a key that was committed while it waited for it.
    SELECT array_agg(asked.n = asked.first_n AND claimed.key IS NOT NULL ORDER BY asked.n),
           array_agg(asked.first_n ORDER BY asked.n),
           array_agg(held.request_hash = asked.hash ORDER BY asked.n),
           array_agg(held.answer ORDER BY asked.n)
    INTO is_new, first, is_same, answer
    FROM (
        SELECT u.actor, u.key, u.hash, u.n, min(u.n) OVER (PARTITION BY u.actor, u.key)::integer AS first_n
        FROM unnest(p_actor, p_key, p_hash) WITH ORDINALITY AS u (actor, key, hash, n)
    ) AS asked
    JOIN kernel_idempotency_key AS held
      ON held.actor_id = asked.actor AND held.operation = p_operation AND held.key = asked.key
    LEFT JOIN unnest(v_claimed_actor, v_claimed_key) AS claimed (actor, key)
      ON claimed.actor = asked.actor AND claimed.key = asked.key;
    IF is_new IS NULL OR cardinality(is_new) <> v_count THEN
        RAISE EXCEPTION 'a claimed idempotency key of % has vanished', p_operation;
    END IF;
END
$$;

-- Stores the answers of keys that the same transaction has claimed.
CREATE FUNCTION kernel_answer_keys(p_operation text, p_actor uuid[], p_key text[], p_answer jsonb[])
RETURNS void LANGUAGE sql AS $$
    UPDATE kernel_idempotency_key AS held SET answer = given.answer
    FROM unnest(p_actor, p_key, p_answer) AS given (actor, key, answer)
    WHERE held.actor_id = given.actor AND held.operation = p_operation AND held.key = given.key
$$;

-- The one key that this actor has claimed: what was asked, for which subject, and the answer stored, if any.
CREATE FUNCTION kernel_find_key(
    p_operation text, p_actor uuid, p_key text, OUT request_hash bytea, OUT subject_id uuid, OUT answer jsonb
) LANGUAGE sql STABLE AS $$
    SELECT held.request_hash, held.subject_id, held.answer FROM kernel_idempotency_key AS held
    WHERE held.actor_id = p_actor AND held.operation = p_operation AND held.key = p_key
$$;
