/*
 * The bench: what every check works on. A participant, the desk that plays the server to it, and
 * the promises that each sample saga has been given.
 *
 * A check returns true, or false with the reason in `why`.
 */
#ifndef PARTICIPANTS_CONFORMANCE_BENCH_H
#define PARTICIPANTS_CONFORMANCE_BENCH_H

#include "base/id.h"
#include "desk.h"
#include "subject.h"
#include "testkit/promises.h"

#define BENCH_WHY_SIZE 2048u

struct bench {
    const struct options *options; /* Borrowed. */
    struct desk desk;
    struct subject subject;
    uint64_t chance; /* State of the seeded draws. */
    char why[BENCH_WHY_SIZE];
};

/* One saga, whose step is asked about. */
struct sample {
    char id[ID_TEXT_SIZE];
    char sid[ID_SID_SIZE];
    uint32_t attempts;
    struct promises promises;
};

/* What checks return when something is not as it should be. */
bool bench_fail(struct bench *bench, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A saga that nobody has heard of. */
struct sample bench_sample(struct bench *bench);

/* The next call about a sample; @id is where its operation id is to stand. */
struct wire_call bench_call(const struct bench *bench, struct sample *sample,
                            enum saga_direction direction, char id[WIRE_OPERATION_ID_SIZE]);

/* Send one call; its errand, or NULL with the reason. */
struct errand *bench_send(struct bench *bench, struct sample *sample,
                          enum saga_direction direction);

/* Wait for the answer, and hold it against the promises and the effect. */
bool bench_take(struct bench *bench, struct sample *sample, enum saga_direction direction,
                const struct errand *errand);

/* Ask until it is settled, holding every answer against the promises; and that it is @wanted. */
bool bench_ask(struct bench *bench, struct sample *sample, enum saga_direction direction,
               enum saga_verdict *ret_verdict);
bool bench_expect(struct bench *bench, struct sample *sample, enum saga_direction direction,
                  enum saga_verdict wanted);

/* Two calls in one message, both held against the promises. */
bool bench_ask_together(struct bench *bench, struct sample *sample, enum saga_direction first,
                        enum saga_direction second);

/* Kill the participant and start it again; when we may not, cut its connections. */
bool bench_break(struct bench *bench);

#endif
