/*
 * What a listener of the network must stand, whichever way it is made.
 */
#ifndef TESTS_TRANSPORT_LISTENER_SUITE_H
#define TESTS_TRANSPORT_LISTENER_SUITE_H

#include "transport/transport.h"

typedef int listener_opener(const char *url, struct transport_sink sink,
                            struct transport **ret_transport);

/* @relistens: how often bursts of bad peers must have made it listen again. The exit status. */
int listener_suite_run(listener_opener *open, uint64_t relistens);

#endif
