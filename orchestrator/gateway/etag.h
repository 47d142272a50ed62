/*
 * Entity tags of a saga: "<version>.<digest of what is shown>", in quotes.
 *
 * The version rises with every event. The digest tells apart what changes without one, such as that
 * no worker is there any more, or that a saga is stuck by now; so If-None-Match compares all of it,
 * and If-Match, which guards an action, the version alone.
 */
#ifndef ORCHESTRATOR_GATEWAY_ETAG_H
#define ORCHESTRATOR_GATEWAY_ETAG_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define ETAG_SIZE 40u
#define ETAG_VERSION_NEVER UINT32_MAX /* No saga has so many events. */

void etag_of(uint32_t version, struct bytes shown, char ret_etag[ETAG_SIZE]);

/* If-None-Match names this tag, weakly or not, or any. @header NULL: it was not sent. */
bool etag_none_match(const char *header, const char *etag);

/* The version that the first tag of a header names; 0 when it is none of ours. NULL: 0. */
uint32_t etag_first_version(const char *header);

/*
 * The version that If-Match asks for; 0: any. ETAG_VERSION_NEVER when the tag is none of ours.
 * False: there is more than one tag, or none.
 */
bool etag_match_version(const char *header, uint32_t *ret_version);

#endif
