-- Step 3: requests that a client may send again without doing them twice.

CREATE TABLE idempotency (
    -- The Idempotency-Keys of the last day: what each request made, and how it was answered.
    key TEXT NOT NULL PRIMARY KEY, -- as the client chose it
    digest TEXT NOT NULL, -- SHA-256 of the request: its method, path, query, type and body
    made TEXT NOT NULL, -- id of the dataset or job that it made, in the same transaction
    created_at INTEGER NOT NULL, -- when
    status INTEGER, -- HTTP status of the reply; NULL where the daemon ended before there was one
    body TEXT -- the reply's; NULL likewise
) STRICT;

CREATE INDEX idempotency_by_age ON idempotency (created_at);
