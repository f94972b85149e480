-- Step 5: who may do what.

CREATE TABLE tokens (
    -- Tokens of clients. Rows stay when a token is revoked: that there ever was one is what makes
    -- the daemon ask for them.
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
    id TEXT NOT NULL UNIQUE, -- what people call it
    name TEXT NOT NULL, -- whose it is, as its maker said; may be empty
    digest TEXT NOT NULL UNIQUE, -- SHA-256 of the token; the token itself is kept nowhere
    scope TEXT NOT NULL, -- what it allows: 'predict', 'train' or 'admin'
    created_at INTEGER NOT NULL, -- when it was made
    revoked_at INTEGER -- since when it opens nothing; NULL while it does
) STRICT;
