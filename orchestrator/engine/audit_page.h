/*
 * The audit as those who ask for it see it: a page of entries, and how far the chain was checked.
 *
 * Both are bounded in what they look at, so that no question holds up a turn: whoever asks goes on
 * from the cursor until there is none.
 */
#ifndef ORCHESTRATOR_ENGINE_AUDIT_PAGE_H
#define ORCHESTRATOR_ENGINE_AUDIT_PAGE_H

#include "codec/record_audit.h"

#define AUDIT_PAGE_MAX 500u  /* Entries that may be asked for at a time. */
#define AUDIT_SHOW_MAX 50u   /* Entries of one page, whatever was asked for. */
#define AUDIT_LOOK_MAX 100u  /* Entries that are looked at for one. */
#define AUDIT_CHECK_MAX 100u /* Entries of one check: with two events each, 300 records. */
#define AUDIT_WHAT_SIZE 128u

struct audit_query {
    /* AUDIT_LIST: conditions joined by and; the request's `before` and `limit` count entries. */
    char actor[SAGA_NAME_SIZE]; /* The actor, or whose key it was; "": anybody. */
    char verb[SAGA_NAME_SIZE];  /* A verb, or an act upon the server; "": any. */
    struct saga_id saga;        /* Number 0: any, and the server. */
    uint64_t since_ms;          /* Wall time; 0: from the start. */
    uint64_t until_ms;          /* Before this; 0: to the end. */

    /* AUDIT_CHECK */
    uint32_t checked;           /* Entries that were checked already, */
    uint8_t link[RECORD_DIGEST_SIZE]; /* and the link after the last of them. */
    uint8_t head[RECORD_DIGEST_SIZE]; /* A link that was noted elsewhere, */
    bool has_head;                    /* when there is one. */
};

struct audit_row {
    uint32_t number;
    bool corrupt; /* Its bytes are not an entry; nothing below is set. */
    struct record_audit entry;
};

/* Whoever receives it ends it with free. */
struct audit_page {
    uint32_t cursor; /* Give as `before` to go on; 0: there is no more. */
    size_t count;
    struct audit_row rows[];
};

struct audit_check {
    uint32_t checked;         /* Entries that are as they were written, from the first on. */
    uint8_t link[RECORD_DIGEST_SIZE]; /* The link after the last of them, unless one is broken. */
    bool complete;            /* There are no more: `link` is the head. Or one is broken. */
    uint32_t broken;          /* The first entry that is not as it was; 0: none was found. */
    char what[AUDIT_WHAT_SIZE]; /* What is wrong with it. */
    uint32_t head_at;         /* The entry, of those checked now, whose link is `head`; 0: none. */
};

#endif
