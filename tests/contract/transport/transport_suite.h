/*
 * What every transport must do, whatever carries it. Each backend runs all of it.
 */
#ifndef TESTS_CONTRACT_TRANSPORT_TRANSPORT_SUITE_H
#define TESTS_CONTRACT_TRANSPORT_TRANSPORT_SUITE_H

#include "contract/transport/rig.h"

/* The exit status for main. */
int transport_suite_run(const struct rig_backend *backend);

#endif
