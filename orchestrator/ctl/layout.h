/*
 * A layered drawing of steps: which stands in which row, in what order, and where.
 *
 *   layer 0         a           Each step stands one layer below the lowest that it needs; within a
 *                 ┌─┴─┐         layer in the order that crosses the fewest lines.
 *   layer 1       b   c
 *                 │   ├──┐
 *   layer 2       d   ┊  e      A line that goes on past a layer takes a place in it: one for all
 *                 └─┬─┴──┘      lines from the same step.
 *   layer 3         f
 *
 * Pure: it knows neither characters nor pixels; widths are in the caller's unit. Storage is the
 * caller's. All that is written here follows from the needs alone, so a drawing is always the same.
 */
#ifndef ORCHESTRATOR_CTL_LAYOUT_H
#define ORCHESTRATOR_CTL_LAYOUT_H

#include "core/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct layout_item {
    uint8_t step;
    bool line;      /* Only its line passes here. */
    int32_t centre; /* Set by layout_place, like the width. */
    int32_t width;
};

struct layout_layer {
    size_t count;
    struct layout_item items[SAGA_STEPS_MAX]; /* From left to right. */
};

struct layout {
    uint32_t step_count;
    uint32_t needs[SAGA_STEPS_MAX];
    size_t layer_count;
    struct layout_layer layers[SAGA_STEPS_MAX];
    int32_t width; /* Of the whole. */
};

/* Layers and orders. The needs are masks of steps, without a cycle. */
void layout_arrange(const uint32_t *needs, uint32_t step_count, struct layout *ret_layout);

/*
 * Centres: in the order that is there, at least @gap between two items, near what they are joined
 * with. No item stands exactly below one that it is not joined with while a line leaves that one.
 */
void layout_place(struct layout *layout, const int32_t *widths, int32_t line_width, int32_t gap);

/* Is item @upper of a layer joined with item @lower of the next one? */
bool layout_joins(const struct layout *layout, size_t layer, size_t upper, size_t lower);

/* How many pairs of lines cross. */
uint32_t layout_crossings(const struct layout *layout);

/* The leftmost unit of an item; it covers `width` of them. */
int32_t layout_left(const struct layout_item *item);

#endif
