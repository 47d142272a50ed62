/*
 * An endpoint: where a participant that is called over HTTP answers, and how it may be called.
 *
 *   participants:
 *     - name: parcel                         name
 *       url: https://parcel.example/saga     url: a call is a POST to URL/OPERATION
 *       limit: 16                            limit: requests that are out at once
 *
 * Plain data: the configuration fills it in before anybody else sees it, and then it never changes.
 */
#ifndef ORCHESTRATOR_EGRESS_EGRESS_ENDPOINT_H
#define ORCHESTRATOR_EGRESS_EGRESS_ENDPOINT_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define EGRESS_ENDPOINTS_MAX 64u   /* As many as the engine knows participants. */
#define EGRESS_URL_SIZE 256u
#define EGRESS_SECRET_SIZE 65u     /* 32 random bytes in hexadecimal. */
#define EGRESS_AUTHORIZATION_SIZE 4096u
#define EGRESS_PATH_SIZE 1024u
#define EGRESS_LIMIT_DEFAULT 16u
#define EGRESS_LIMIT_MAX 256u      /* Also what one poll can ask for. */

struct egress_endpoint {
    char name[SAGA_NAME_SIZE];
    char url[EGRESS_URL_SIZE];       /* Without a slash at its end. */
    char secret[EGRESS_SECRET_SIZE]; /* Its worker's credential; nobody outside knows it. */
    char authorization[EGRESS_AUTHORIZATION_SIZE]; /* The header's value; "": none is sent. */
    char ca_file[EGRESS_PATH_SIZE];  /* Who may have signed its certificate; "": the system's. */
    uint32_t limit;
};

/* http or https, a host, perhaps a port and a path: no user, no query, nothing to be escaped. */
bool egress_url_valid(const char *url);

/* Nobody on the way can read along: https, or http that stays on this machine. */
bool egress_url_is_private(const char *url);

/* A header's value: printable ASCII that neither begins nor ends with a space. */
bool egress_authorization_valid(const char *value);

#endif
