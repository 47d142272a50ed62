/*
 * The contract suite: what every store answers, whatever it is made of.
 *
 *   test_contract_memory ─┐
 *   test_contract_sqlite ─┴─▶ store_suite_run(how to open one) ─▶ the same tests
 */
#ifndef TESTS_CONTRACT_STORE_STORE_SUITE_H
#define TESTS_CONTRACT_STORE_STORE_SUITE_H

#include "store/store_backend.h"

struct store_suite {
    const char *name;
    bool survives; /* What was appended is there after close and open. */

    /* A fresh, empty place for each test, and its end. */
    void *(*place_open)(void);
    void (*place_close)(void *place);

    /* A store at this place. */
    struct store *(*open)(void *place);
};

/* Run every test; how many failed. */
int store_suite_run(const struct store_suite *suite);

#endif
