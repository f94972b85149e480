-- Step 4: a job that the daemon went down under goes on where it was.

CREATE TABLE checkpoints (
    -- Where a training can go on; one a job that runs, or that waits to go on. Written in one
    -- transaction with the history up to it; what the job told since is deleted when it goes back
    -- into the queue.
    job INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE, -- whose training
    run INTEGER NOT NULL, -- that is trained; those before it have ended
    epoch INTEGER NOT NULL, -- of that run, the last whose loss was told; -1 before the first
    best_epoch INTEGER NOT NULL, -- of that run, with the lowest validation loss so far
    kept INTEGER NOT NULL, -- the newest run whose network was kept; 0 before the first
    epochs INTEGER NOT NULL, -- trained by the runs that have ended, in all
    seconds REAL NOT NULL, -- of training so far, in all attempts
    made_at INTEGER NOT NULL, -- when it was stored
    blob INTEGER NOT NULL UNIQUE REFERENCES blobs (id) -- the state, by core/fit_checkpoint.h
) STRICT;

CREATE TRIGGER checkpoints_drop_blob AFTER DELETE ON checkpoints BEGIN
    -- The state goes with its checkpoint.
    DELETE FROM blobs WHERE id = OLD.blob;
END;

ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0 /* in a row, with no progress */;
