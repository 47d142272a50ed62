/*
 * The link: polls that travel to the server and come back.
 *
 *   HOME ──link_send──▶ OUT ──the answer, or the loss of it──▶ BACK ──link_take──▶ HOME
 *
 * The link connects and reconnects in the background; a poll that is sent while nobody is connected
 * waits for the connection. Nothing is sent twice: a poll whose connection broke, or that was not
 * answered in time, comes back as lost. The dialer's thread only moves polls from OUT to BACK and
 * wakes the owner; everything else is for the owner's thread.
 */
#ifndef PARTICIPANTS_SDK_LINK_H
#define PARTICIPANTS_SDK_LINK_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

#define LINK_POLLS_MAX 16u

struct link;

struct link_event {
    unsigned poll;
    bool lost;         /* No answer will come; what was sent may have arrived. */
    struct bytes body; /* Of the answer; its poll's until that is sent again. */
};

/*
 * A poll that is not answered within @answer_ms is lost.
 * @wake is an eventfd, borrowed, that is written whenever a poll comes back.
 * 0; FAULT_INPUT for what is no ipc:// or tcp:// address; FAULT_MEMORY; FAULT_SYSTEM.
 */
int link_open(const char *url, unsigned polls, int answer_ms, int wake, struct link **ret_link);

/* Polls that are OUT are forgotten. Takes NULL; returns NULL. */
struct link *link_close(struct link *link);

/* Send on a poll that is HOME; @body is copied. 0 or FAULT_MEMORY. */
int link_send(struct link *link, unsigned poll, struct bytes body);

/* The poll that has been BACK the longest; false when there is none. */
bool link_take(struct link *link, struct link_event *ret_event);

/* Whether some poll has not left this process yet. */
bool link_is_sending(struct link *link);

bool link_is_connected(struct link *link);

/* Rises when a connection is lost: what was sent before may not have arrived. */
uint64_t link_losses(struct link *link);

#endif
