/*
 * One test's store within the suite: a fresh place, opened before the test and gone after it.
 */
#ifndef TESTS_CONTRACT_STORE_STORE_WORLD_H
#define TESTS_CONTRACT_STORE_STORE_WORLD_H

#include "store_suite.h"

/* Which backend the following tests are about. */
void store_world_use(const struct store_suite *suite);

/* Set-up and tear-down of every test. */
int store_world_open(void **state);
int store_world_close(void **state);

struct store *store_world_store(void **state);

/* For a store that survives: close it and open it again, in the middle of a test. */
struct store *store_world_reopen(void **state);

/* The parts of the suite; each returns how many tests failed. */
int store_suite_records(void);
int store_suite_rows(void);
int store_suite_keys(void);
int store_suite_backup(void);

#endif
