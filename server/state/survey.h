/* What in a dataset is worth a word before it is trained on.
 */
#ifndef STATE_SURVEY_H
#define STATE_SURVEY_H

#include "state/dataset.h"
#include "tools/problem.h"

/* Looks through a described dataset with its rows: columns that are constant, or nearly; whose
 * spread is lost in rounding; equal to another; of targets those with outliers, or that a feature
 * gives away. Adds an item each, whose pointer is the column's number in decimal, from 0. The rows
 * that are copies of an earlier one are counted. A pass over the numbers for each kind.
 * STATUS_NO_MEMORY. */
Status survey(const Dataset *dataset, Problem *columns, size_t *copies) MUST_USE;

#endif
