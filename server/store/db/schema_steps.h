/* The steps of schema/, made into C by the Makefile: one string a file in the order of their
 * numbers, ended by NULL. The number of steps is the schema's version.
 */
#ifndef STORE_DB_SCHEMA_STEPS_H
#define STORE_DB_SCHEMA_STEPS_H

extern const char *const schema_steps[];

#endif
