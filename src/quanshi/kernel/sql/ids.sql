-- UUIDv7 inside the database: PostgreSQL's own from 18 on, else the same layout made by hand.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        CREATE FUNCTION kernel_new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS 'SELECT uuidv7()';
    ELSE
        -- 48 bits of milliseconds laid over a random UUID, then the version nibble 4 turned into 7
        CREATE FUNCTION kernel_new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $new$
            SELECT encode(
                set_bit(set_bit(
                    overlay(uuid_send(gen_random_uuid())
                            PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                            FROM 1 FOR 6),
                    52, 1), 53, 1), 'hex')::uuid
        $new$;
    END IF;
END
$$;
