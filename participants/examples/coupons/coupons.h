/* coupons.h: gives out coupons, each to one saga at most. */
#ifndef COUPONS_H
#define COUPONS_H

#include <saga/participant.h>

/* Open the stock in this file, and the participant that works on it; NULL when that failed. */
struct participant *coupons_open(const char *path, const char *url, const char *secret);

/* How many coupons this saga has; -1 when that cannot be read. */
int coupons_count(const char *saga);

/* Ends both. */
void coupons_close(struct participant *participant);

#endif
