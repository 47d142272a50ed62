/*
 * Definitions that the core's tests share, as a catalog would have built them.
 *
 *   send_message   validate ▶ reserve_quota ▶ reserve_balance ▶ [queue] ▶ confirm      guarded
 *   send_plain     the same, by participants without the guard
 *   order          stock ┬▶ pack ┐                 ┌▶ ship
 *                  money ┘───────┴▶ [charge] ──────┴▶ mail         a DAG, guarded
 *   trip           flight ▶ hotel, flight ▶ car                    no pivot, not guarded
 *   patient_order  stock (parks when exhausted) ▶ [charge]         not guarded
 *   deposit        hold (undone even when refused) ▶ [charge]      not guarded
 *   two_routes     [send] by north or south                        guarded
 */
#ifndef TESTS_CORE_SAMPLES_H
#define TESTS_CORE_SAMPLES_H

#include "core/definition.h"

/* The definition of that name, or NULL. It lives as long as the process. */
const struct definition *sample_named(const char *name);

/* ---- building one's own ---- */

void sample_begin(struct definition *definition, const char *name);
uint8_t sample_participant(struct definition *definition, const char *name, bool guarded);

/* A step that needs what the mask says; @undo is NULL for none. The rest can be set in place. */
struct definition_step *sample_step(struct definition *definition, const char *name,
                                    uint8_t participant, const char *undo, uint32_t needs);

#endif
