/*
 * The line to the server: one question, one answer, within a time.
 *
 *   line_ask ──▶ sent when connected ──▶ answered │ lost with its connection │ given up
 *
 * Any number of threads may ask at once. The line connects and reconnects in the background and
 * sends nothing twice by itself; whether a lost question may be repeated is the asker's to know.
 */
#ifndef CLIENT_LINE_H
#define CLIENT_LINE_H

#include "base/bytes.h"

#include <stdint.h>

struct line;

/* The server may have understood the question, or not. */
enum { LINE_TIMED_OUT = 1, LINE_LOST = 2 };

struct line_answer {
    struct buffer body; /* Owned. */
};

/* 0; FAULT_INPUT for an address that cannot be dialled; FAULT_MEMORY; FAULT_SYSTEM. */
int line_open(const char *url, struct line **ret_line);

/* Nobody may be asking. Takes NULL; returns NULL. */
struct line *line_close(struct line *line);

/* 0 with the answer; LINE_TIMED_OUT; LINE_LOST; FAULT_MEMORY; FAULT_SYSTEM. */
int line_ask(struct line *line, struct bytes question, uint32_t timeout_ms,
             struct line_answer *ret_answer);
void line_answer_fini(struct line_answer *answer);

#endif
