/*
 * The consumer's side of the queue: take, then done.
 *
 * What is taken and not done within the lease is given again, to whoever takes next: at least
 * once, oldest first. Done is final and may be said twice; it also counts when the lease was over.
 */
#ifndef PARTICIPANTS_MESSAGING_DELIVERY_H
#define PARTICIPANTS_MESSAGING_DELIVERY_H

#include "service/service.h"

#define DELIVERY_LEASE_MS 30000
#define DELIVERY_LINE_MAX 60000u /* What one answer carries; at least one message. */

/*
 * Answers "take" {"messages":[…]}, "done" {"done":N,"unknown":[…]} and "stats".
 */
int delivery_answer(struct service_context *context, const struct question *question,
                    json_t *answer);

/* The commands `take`, `done` and `stats`. */
enum service_exit delivery_take_command(const struct service *service,
                                        const struct arguments *arguments);
enum service_exit delivery_done_command(const struct service *service,
                                        const struct arguments *arguments);
enum service_exit delivery_stats_command(const struct service *service,
                                         const struct arguments *arguments);

#endif
