-- Step 1: everything that backpropd keeps. A step is never changed once it was released: what comes
-- later is a step of its own. Comments stand inside the statements, so that `.schema` shows them.
--
-- Times are milliseconds since 1970 (UTC). A number that is not a number is stored as NULL.

CREATE TABLE blobs (
    -- Large values. Each has one owner (a dataset, a model, or a job) and goes with it.
    id INTEGER PRIMARY KEY, -- what the owner's row names
    size INTEGER NOT NULL CHECK (size >= 0) -- bytes, of all chunks together
) STRICT;

CREATE TABLE blob_chunks (
    -- The bytes of the large values, in pieces of about 1 MiB.
    blob INTEGER NOT NULL REFERENCES blobs (id) ON DELETE CASCADE, -- the value it is a piece of
    position INTEGER NOT NULL, -- 0 is the first piece
    checksum INTEGER NOT NULL, -- of the bytes, by blob_checksum of core/blob.h
    bytes BLOB NOT NULL, -- the piece
    PRIMARY KEY (blob, position)
) STRICT;

CREATE TABLE datasets (
    -- Uploaded rows of inputs and targets. Immutable.
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
    id TEXT NOT NULL UNIQUE, -- what clients call it: ds_...
    name TEXT NOT NULL, -- given by the client; '' where none was
    rows INTEGER NOT NULL CHECK (rows >= 0), -- number of rows
    features INTEGER NOT NULL CHECK (features >= 0), -- input columns, which come first in a row
    targets INTEGER NOT NULL CHECK (targets >= 0), -- target columns, which come last
    digest TEXT NOT NULL, -- SHA-256 of names, shape and numbers, as state/dataset.h says
    created_at INTEGER NOT NULL, -- when it was stored
    blob INTEGER NOT NULL UNIQUE REFERENCES blobs (id) -- the rows: binary64, little-endian; each
    -- chunk holds whole rows, as many as fit 1 MiB, at least one
) STRICT;

CREATE TABLE dataset_columns (
    -- Names and statistics of a dataset's columns.
    dataset INTEGER NOT NULL REFERENCES datasets (seq) ON DELETE CASCADE, -- whose column it is
    position INTEGER NOT NULL, -- 0 is the first; features before targets
    name TEXT NOT NULL, -- from the header of the file, or x1, x2, ..., y
    min REAL, -- the smallest value
    max REAL, -- the largest value
    mean REAL, -- the mean of all values
    std REAL, -- the population standard deviation
    PRIMARY KEY (dataset, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    -- Trainings: waiting, running and ended. The rows in the state 'queued' are the queue.
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation, and place in the queue
    id TEXT NOT NULL UNIQUE, -- what clients call it: job_...
    state TEXT NOT NULL, -- one of the states of state/job.c
    stopped_because TEXT NOT NULL DEFAULT '', -- an end of state/job.c; '' where it has not trained
    dataset TEXT NOT NULL, -- id of the dataset; no foreign key, for an ended job outlives it
    model_name TEXT NOT NULL, -- of the model to make a version of
    model_version INTEGER, -- the version it made; NULL where it made none (yet)
    hyperparameters TEXT NOT NULL, -- all of them, as a JSON object
    labels TEXT NOT NULL, -- the client's, as a JSON object of strings
    parameters INTEGER NOT NULL, -- number of the network's parameters
    epochs INTEGER NOT NULL, -- at most so many
    epoch INTEGER NOT NULL DEFAULT 0, -- epochs done by the attempt that runs, or ran last
    train_loss REAL, -- after that epoch, on the training rows
    validation_loss REAL, -- after that epoch, on the validation rows
    best_epoch INTEGER NOT NULL DEFAULT 0, -- with the lowest validation loss so far
    epochs_per_second REAL NOT NULL DEFAULT 0, -- over the whole attempt; 0 where not known
    training_mse REAL, -- score on the training rows: mean squared error; NULL where not scored
    training_mae REAL, -- mean absolute error
    training_r2 REAL, -- coefficient of determination
    validation_mse REAL, -- the same on the validation rows; NULL where there are none
    validation_mae REAL, -- mean absolute error
    validation_r2 REAL, -- coefficient of determination
    error TEXT NOT NULL DEFAULT '', -- why it failed, as a sentence
    error_status TEXT NOT NULL DEFAULT 'ok', -- a slug of tools/status.h
    attempts INTEGER NOT NULL DEFAULT 0, -- times a worker took it up
    discard INTEGER NOT NULL DEFAULT 0, -- 1 where it was cancelled and its weights thrown away
    created_at INTEGER NOT NULL, -- when it was queued
    started_at INTEGER, -- when a worker took it up, the last time
    finished_at INTEGER, -- when it ended
    initial INTEGER UNIQUE REFERENCES blobs (id) -- the network to start from; NULL where drawn
) STRICT;

CREATE INDEX jobs_by_state ON jobs (
    state -- a filter of lists, and the queue: within a state the rows are in the order of seq
);

CREATE INDEX jobs_by_model ON jobs (
    model_name -- a filter of lists
);

CREATE INDEX jobs_by_dataset ON jobs (
    dataset -- which jobs keep a dataset from being deleted
);

CREATE TABLE transitions (
    -- Each change of a job's state, the first ('queued') among them.
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE, -- whose change
    position INTEGER NOT NULL, -- 1 is the first
    state TEXT NOT NULL, -- the new state
    at INTEGER NOT NULL, -- when it changed
    reason TEXT NOT NULL, -- why, in a few words
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    -- The losses of a job, epoch by epoch, of its last attempt.
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE, -- whose loss
    epoch INTEGER NOT NULL, -- epochs done; 0 is before the first update
    train REAL, -- loss on all training rows
    validation REAL, -- loss on all validation rows; NULL where there are none
    PRIMARY KEY (job, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_names (
    -- Every name a model ever had. Rows stay when models go, so that no version number comes twice.
    name TEXT NOT NULL PRIMARY KEY, -- what clients call it
    last_version INTEGER NOT NULL, -- the greatest number given so far
    last_seq INTEGER NOT NULL -- models.seq of that version: where a list goes on after this name
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
    -- Versions of models. Immutable. A row stands on its own: its job and dataset may be deleted.
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- order of creation
    name TEXT NOT NULL REFERENCES model_names (name), -- what clients call it
    version INTEGER NOT NULL, -- 1, 2, ... within the name
    job TEXT NOT NULL, -- id of the job that made it
    dataset TEXT NOT NULL, -- id of the dataset it was trained on
    dataset_digest TEXT NOT NULL, -- that dataset's digest
    features INTEGER NOT NULL, -- inputs
    targets INTEGER NOT NULL, -- outputs
    digest TEXT NOT NULL, -- SHA-256 of the weights in their plain form (core/blob.h)
    parameters INTEGER NOT NULL, -- number of weights and biases
    training_mse REAL, -- score on the training rows: mean squared error
    training_mae REAL, -- mean absolute error
    training_r2 REAL, -- coefficient of determination
    validation_mse REAL, -- the same on the validation rows; NULL where there are none
    validation_mae REAL, -- mean absolute error
    validation_r2 REAL, -- coefficient of determination
    created_at INTEGER NOT NULL, -- when it was stored
    blob INTEGER NOT NULL UNIQUE REFERENCES blobs (id), -- network and scaling, by core/blob.h
    UNIQUE (name, version) -- finds the newest version of a name as well
) STRICT;

CREATE TABLE model_columns (
    -- Names and statistics of the columns a model was trained on, copied from its dataset.
    model INTEGER NOT NULL REFERENCES models (seq) ON DELETE CASCADE, -- whose column it is
    position INTEGER NOT NULL, -- 0 is the first; features before targets
    name TEXT NOT NULL, -- as in the dataset
    min REAL, -- the smallest value seen in training
    max REAL, -- the largest
    mean REAL, -- the mean
    std REAL, -- the population standard deviation
    PRIMARY KEY (model, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER datasets_drop_blob AFTER DELETE ON datasets BEGIN
    -- The rows go with their dataset.
    DELETE FROM blobs WHERE id = OLD.blob;
END;

CREATE TRIGGER jobs_drop_blob AFTER DELETE ON jobs BEGIN
    -- The initial network goes with its job.
    DELETE FROM blobs WHERE id = OLD.initial;
END;

CREATE TRIGGER models_drop_blob AFTER DELETE ON models BEGIN
    -- The weights go with their model.
    DELETE FROM blobs WHERE id = OLD.blob;
END;
