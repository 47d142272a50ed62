/*
 * The local inquiry socket: DIR/NAME.sock, for those who may read the folder's files.
 *
 *   connect ─▶ one line of JSON in, at most 64 KiB ─▶ one line of JSON out ─▶ closed
 *
 * A thread of its own serves one connection after the other, each for a second at most, so that
 * nobody can hold it.
 * A socket left behind by a killed process is replaced: whoever opens the inquiry holds the
 * database already, so nobody else can be listening. The path may be of any length.
 */
#ifndef PARTICIPANTS_SERVICE_INQUIRY_H
#define PARTICIPANTS_SERVICE_INQUIRY_H

#include "base/bytes.h"
#include "service/database.h"

#include <stddef.h>

#define INQUIRY_LINE_MAX 65536u

struct inquiry;

/* Answer one line into @answer, on the inquiry's thread. A fault stops the inquiry. */
typedef int inquiry_answerer(void *context, const void *line, size_t size, struct buffer *answer);

int inquiry_open(const char *dir, const char *name, inquiry_answerer *answer, void *context,
                 struct inquiry **ret_inquiry, char ret_problem[PROBLEM_SIZE]);

/* Stops the thread and removes the socket. Takes NULL; returns NULL. */
struct inquiry *inquiry_close(struct inquiry *inquiry);

enum { INQUIRY_NOBODY = 1 };

/*
 * The other end: ask whoever listens and wait for the line, without its newline, in @answer.
 * 0; INQUIRY_NOBODY when nobody listens; FAULT_SYSTEM when the listener does not answer in time.
 */
int inquiry_ask(const char *dir, const char *name, const void *line, size_t size,
                struct buffer *answer);

#endif
