-- Step 6: the jobs that train together may take so much memory, so each says how much it will.

-- The comment of a column that is added ends before the line does: a bracket follows there.
ALTER TABLE jobs ADD COLUMN memory INTEGER NOT NULL DEFAULT 0 /* bytes to train, estimated */;
