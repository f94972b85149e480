/* The tables of states and ends. */
#include <criterion/criterion.h>

#include "state/job.h"
#include "test_store_fixture.h"

TestSuite(job, .fini = fixture_no_leaks);

Test(job, each_state_is_found_by_its_name)
{
    static const char *const names[] = {"queued", "running", "succeeded", "failed", "cancelled"};
    for (int i = 0; i < JOB_STATES; i++) {
        cr_expect_str_eq(job_state_name((JobState)i), names[i]);
        cr_expect_eq(job_state_find(names[i]), (JobState)i);
    }
}

Test(job, a_name_that_is_no_state_is_not_found)
{
    cr_expect_eq(job_state_find("Queued"), JOB_STATES);
    cr_expect_eq(job_state_find(""), JOB_STATES);
}

Test(job, only_the_last_three_states_are_final)
{
    cr_expect(!job_state_ended(JOB_QUEUED));
    cr_expect(!job_state_ended(JOB_RUNNING));
    cr_expect(job_state_ended(JOB_SUCCEEDED));
    cr_expect(job_state_ended(JOB_FAILED));
    cr_expect(job_state_ended(JOB_CANCELLED));
}

Test(job, exactly_six_moves_are_legal)
{
    static const int legal[JOB_STATES][JOB_STATES] = {
        [JOB_QUEUED] = {[JOB_RUNNING] = 1, [JOB_CANCELLED] = 1},
        [JOB_RUNNING] =
            {[JOB_SUCCEEDED] = 1, [JOB_FAILED] = 1, [JOB_CANCELLED] = 1, [JOB_QUEUED] = 1},
    };
    for (int from = 0; from < JOB_STATES; from++) {
        for (int to = 0; to < JOB_STATES; to++)
            cr_expect_eq(job_state_may_become((JobState)from, (JobState)to), legal[from][to],
                         "from %d to %d", from, to);
    }
}

Test(job, each_end_is_found_by_its_name)
{
    for (int i = TRAIN_GOES_ON; i <= TRAIN_DIVERGED; i++)
        cr_expect_eq(job_end_find(job_end_name((TrainEnd)i)), (TrainEnd)i);
    cr_expect_str_eq(job_end_name(TRAIN_GOES_ON), "");
    cr_expect_str_eq(job_end_name(TRAIN_EARLY_STOPPING), "early_stopping");
    cr_expect_str_eq(job_end_name(TRAIN_MAX_EPOCHS), "max_epochs");
}

Test(job, a_name_that_is_no_end_means_that_it_goes_on)
{
    cr_expect_eq(job_end_find("tired"), TRAIN_GOES_ON);
}

Test(job, freeing_nothing_is_fine)
{
    job_free(NULL);
}
