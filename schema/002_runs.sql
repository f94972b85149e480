-- Step 2: a job may be more than one training run: folds, members of an ensemble, restarts.
-- What was kept before is a job's only run, number 1.

ALTER TABLE history RENAME TO history_of_one_run;

CREATE TABLE history (
    -- The losses of a job, run by run and epoch by epoch, of its last attempt.
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE, -- whose loss
    run INTEGER NOT NULL, -- number of the run among those of the job; 1 is the first
    epoch INTEGER NOT NULL, -- epochs of this run done; 0 is before the first update
    train REAL, -- loss on all training rows
    validation REAL, -- loss on all validation rows; NULL where there are none
    PRIMARY KEY (job, run, epoch)
) STRICT, WITHOUT ROWID;

INSERT INTO history (job, run, epoch, train, validation)
    SELECT job, 1, epoch, train, validation FROM history_of_one_run ORDER BY job, epoch;

DROP TABLE history_of_one_run;

CREATE TABLE runs (
    -- The runs of a job's last attempt that have ended.
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE, -- whose run
    run INTEGER NOT NULL, -- its number, in the order in which they are trained; 1 is the first
    fold INTEGER NOT NULL, -- of the cross-validation; 0 is a run for the model itself
    member INTEGER NOT NULL, -- network of the ensemble; 1 is the first
    restart INTEGER NOT NULL, -- of that network; 1 is the first
    seed INTEGER NOT NULL, -- it was trained by
    stopped_because TEXT NOT NULL, -- an end of state/job.c
    epoch INTEGER NOT NULL, -- epochs done
    best_epoch INTEGER NOT NULL, -- with the lowest validation loss
    train_loss REAL, -- after its last epoch, on the training rows; NULL where not a number
    validation_loss REAL, -- the same on the validation rows; NULL where there are none
    effective_parameters REAL, -- of Bayesian regularisation; NULL without it
    kept INTEGER NOT NULL, -- 1 where it is the best restart of its network so far
    PRIMARY KEY (job, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE folds (
    -- How well the networks trained without a fold of the rows do on that fold.
    job INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE, -- whose cross-validation
    fold INTEGER NOT NULL, -- 1 is the first
    mse REAL, -- mean squared error
    mae REAL, -- mean absolute error
    r2 REAL, -- coefficient of determination
    PRIMARY KEY (job, fold)
) STRICT, WITHOUT ROWID;

-- The comments of columns that are added end before the line does: a bracket follows there.
ALTER TABLE jobs ADD COLUMN runs INTEGER NOT NULL DEFAULT 1 /* how many it makes in all */;
ALTER TABLE jobs ADD COLUMN run INTEGER NOT NULL DEFAULT 1 /* the one it is at, or ended in */;
ALTER TABLE models ADD COLUMN members INTEGER NOT NULL DEFAULT 1 /* networks, whose mean it is */;
ALTER TABLE jobs ADD COLUMN from_model TEXT NOT NULL DEFAULT '' /* name/version, or '' */;
