/*
 * An HTTP service of one thread, for tests: it reads each request and answers as it is told.
 *
 *   connection ──request──▶ how (its number, its operation) ──▶ answer bytes, or a cut
 */
#ifndef TESTS_EGRESS_SERVICE_H
#define TESTS_EGRESS_SERVICE_H

#include <stdatomic.h>
#include <stdint.h>

enum service_deed { SERVICE_ANSWERS, SERVICE_CUTS, SERVICE_KEEPS_SILENT };

struct service;

/*
 * @script says, on the service's thread, what it does with its nth request, from 0. Port 0 picks
 * one. NULL when the port is taken.
 */
struct service *service_open(uint16_t port, enum service_deed (*script)(uint32_t number));
uint16_t service_port(const struct service *service);
uint32_t service_requests(const struct service *service);

/* Its connections end with it. Takes NULL; returns NULL. */
struct service *service_close(struct service *service);

#endif
