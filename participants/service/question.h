/*
 * What is asked over the inquiry socket: one JSON object on one line.
 *
 *   {"ask":"take","count":100}   {"ask":"done","sids":["SM…"]}   {"ask":"accounts","after":"AC…"}
 *   {"ask":"account","account":"AC…","fund":5000000,"daily_quota":null}
 *
 * The size is checked before parsing; an unknown or repeated member, or a value out of its bounds,
 * makes the question malformed. Which words there are after "ask" is the service's business.
 */
#ifndef PARTICIPANTS_SERVICE_QUESTION_H
#define PARTICIPANTS_SERVICE_QUESTION_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define QUESTION_MAX 65536u
#define QUESTION_WORD_SIZE 32u
#define QUESTION_AFTER_SIZE 64u
#define QUESTION_SIDS_MAX 500u
#define QUESTION_COUNT_MAX 500u

#define QUESTION_MICROS_MAX 1000000000000000 /* A billion of the currency, in micro-units. */
#define QUESTION_ABSENT (-1)
#define QUESTION_NONE (-2) /* null: no limit. */

enum { QUESTION_MALFORMED = 1 };

struct question {
    json_t *json; /* Owned. */
    char ask[QUESTION_WORD_SIZE];
    char after[QUESTION_AFTER_SIZE]; /* Page on from here; "" from the start. */
    uint32_t count;                  /* 1 when not given. */
    const json_t *sids;              /* NULL, or an array of SIDs, "SM" and 32 digits each. */

    /* About one account; borrowed from @json, NULL when absent. */
    const char *account; /* "AC" and 32 digits. */
    const char *number;  /* "+1…" */
    const char *pool;    /* "MG" and 32 digits. */
    const char *state;   /* At most 31 characters. */
    int64_t fund;        /* QUESTION_ABSENT, or micro-units. */
    int64_t price;       /* QUESTION_ABSENT, or micro-units. */
    int64_t daily_quota; /* QUESTION_ABSENT, QUESTION_NONE, or messages. */
};

/* 0, or QUESTION_MALFORMED and nothing to release; @ret_why is then a constant sentence. */
int question_init(const void *line, size_t size, struct question *ret_question,
                  const char **ret_why);
void question_fini(struct question *question);

#endif
