/*
 * The usual three stages: longest-path layers, orders by the mean place of the neighbours, and
 * centres by least squares under the order that was found (pool adjacent violators).
 */
#include "ctl/layout.h"

#include <assert.h>
#include <string.h>

#define SWEEPS 8u     /* Small drawings settle within three or four. */
#define MEAN_SCALE 64 /* Fractions of a place, when places are averaged. */

/* ---- layers ---- */

static void find_layers(const struct layout *layout, uint8_t ret_layers[SAGA_STEPS_MAX])
{
    memset(ret_layers, 0, SAGA_STEPS_MAX);
    for (uint32_t round = 0; round < layout->step_count; round++) {
        for (uint32_t i = 0; i < layout->step_count; i++)
            for (uint32_t need = 0; need < layout->step_count; need++)
                if ((layout->needs[i] & 1u << need) != 0 && ret_layers[i] <= ret_layers[need])
                    ret_layers[i] = (uint8_t)(ret_layers[need] + 1);
    }
}

/* The last layer in which a step's line is seen: above the lowest that needs it. */
static uint8_t last_layer(const struct layout *layout, const uint8_t *layers, uint32_t step)
{
    uint8_t last = layers[step];

    for (uint32_t i = 0; i < layout->step_count; i++)
        if ((layout->needs[i] & 1u << step) != 0 && layers[i] > last + 1)
            last = (uint8_t)(layers[i] - 1);
    return last;
}

/* In the order of the definition, which is how whoever wrote it thinks of it. */
static void fill_layers(struct layout *layout)
{
    uint8_t layers[SAGA_STEPS_MAX];

    find_layers(layout, layers);
    for (uint32_t i = 0; i < layout->step_count; i++) {
        assert(layers[i] < layout->step_count); /* Else the needs form a cycle. */
        uint8_t last = last_layer(layout, layers, i);
        for (uint8_t at = layers[i]; at <= last; at++) {
            struct layout_layer *layer = &layout->layers[at];
            layer->items[layer->count++] =
                (struct layout_item){.step = (uint8_t)i, .line = at != layers[i]};
        }
        if (layout->layer_count <= layers[i])
            layout->layer_count = layers[i] + 1u;
    }
}

/* ---- orders ---- */

bool layout_joins(const struct layout *layout, size_t layer, size_t upper, size_t lower)
{
    assert(layer + 1 < layout->layer_count);

    const struct layout_item *from = &layout->layers[layer].items[upper];
    const struct layout_item *to = &layout->layers[layer + 1].items[lower];
    if (to->line)
        return to->step == from->step;
    return (layout->needs[to->step] & 1u << from->step) != 0;
}

static uint32_t crossings_below(const struct layout *layout, size_t layer)
{
    uint32_t ends[SAGA_STEPS_MAX] = {0}; /* Of the lines that begin further left. */
    uint32_t crossings = 0;
    size_t lower_count = layout->layers[layer + 1].count;

    for (size_t upper = 0; upper < layout->layers[layer].count; upper++) {
        for (size_t lower = 0; lower < lower_count; lower++)
            if (layout_joins(layout, layer, upper, lower))
                for (size_t right = lower + 1; right < lower_count; right++)
                    crossings += ends[right];
        for (size_t lower = 0; lower < lower_count; lower++)
            ends[lower] += layout_joins(layout, layer, upper, lower);
    }
    return crossings;
}

uint32_t layout_crossings(const struct layout *layout)
{
    uint32_t crossings = 0;

    for (size_t layer = 0; layer + 1 < layout->layer_count; layer++)
        crossings += crossings_below(layout, layer);
    return crossings;
}

/* Seen from @layer, is its item @own joined with item @other of the layer above or below? */
static bool joins_beside(const struct layout *layout, size_t layer, bool above, size_t own,
                         size_t other)
{
    return above ? layout_joins(layout, layer - 1, other, own)
                 : layout_joins(layout, layer, own, other);
}

/* Of what it is joined with, the mean of centres, or of places in the order; else its own. */
static int32_t mean_beside(const struct layout *layout, size_t layer, bool above, size_t own,
                           bool centres)
{
    const struct layout_layer *beside = &layout->layers[above ? layer - 1 : layer + 1];
    int32_t sum = 0, count = 0;

    for (size_t i = 0; i < beside->count; i++) {
        if (!joins_beside(layout, layer, above, own, i))
            continue;
        sum += centres ? beside->items[i].centre : (int32_t)i * MEAN_SCALE;
        count++;
    }
    if (count > 0)
        return sum / count;
    return centres ? layout->layers[layer].items[own].centre : (int32_t)own * MEAN_SCALE;
}

/* By the mean place of what each is joined with; what is joined with nothing stays. */
static void sort_layer(struct layout *layout, size_t index, bool above)
{
    struct layout_layer *layer = &layout->layers[index];
    int32_t means[SAGA_STEPS_MAX];

    for (size_t i = 0; i < layer->count; i++)
        means[i] = mean_beside(layout, index, above, i, false);
    for (size_t i = 1; i < layer->count; i++) {
        struct layout_item item = layer->items[i];
        int32_t mean = means[i];
        size_t at = i;
        for (; at > 0 && means[at - 1] > mean; at--) {
            layer->items[at] = layer->items[at - 1];
            means[at] = means[at - 1];
        }
        layer->items[at] = item;
        means[at] = mean;
    }
}

static void reduce_crossings(struct layout *layout)
{
    struct layout best = *layout;
    uint32_t fewest = layout_crossings(layout);

    for (unsigned sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
        if (sweep % 2 == 0)
            for (size_t i = 1; i < layout->layer_count; i++)
                sort_layer(layout, i, true);
        else
            for (size_t i = layout->layer_count - 1; i-- > 0;)
                sort_layer(layout, i, false);
        uint32_t crossings = layout_crossings(layout);
        if (crossings < fewest) {
            fewest = crossings;
            best = *layout;
        }
    }
    *layout = best;
}

void layout_arrange(const uint32_t *needs, uint32_t step_count, struct layout *ret_layout)
{
    assert(step_count >= 1);
    assert(step_count <= SAGA_STEPS_MAX);

    *ret_layout = (struct layout){.step_count = step_count};
    memcpy(ret_layout->needs, needs, step_count * sizeof needs[0]);
    fill_layers(ret_layout);
    reduce_crossings(ret_layout);
}

/* ---- centres ---- */

int32_t layout_left(const struct layout_item *item)
{
    return item->centre - item->width / 2;
}

/* A smaller bend is none that anyone wants to see; and enough for two lines beside each other. */
static int32_t little(int32_t gap)
{
    return gap > 1 ? gap * 2 / 3 : 1;
}

/* How far the centres of neighbours must be apart. */
static int32_t distance(const struct layout_item *left, const struct layout_item *right,
                        int32_t gap)
{
    return left->width - left->width / 2 + right->width / 2 + gap;
}

/* As near to the wishes as the order and the widths allow, in the sense of least squares. */
static void settle(struct layout_layer *layer, const int32_t *wishes, int32_t gap)
{
    int32_t offsets[SAGA_STEPS_MAX], sums[SAGA_STEPS_MAX];
    size_t sizes[SAGA_STEPS_MAX], blocks = 0, at = 0;

    for (size_t i = 0; i < layer->count; i++) {
        offsets[i] =
            i > 0 ? offsets[i - 1] + distance(&layer->items[i - 1], &layer->items[i], gap) : 0;
        sums[blocks] = wishes[i] - offsets[i];
        sizes[blocks++] = 1;
        /* Blocks that would overlap become one, around their common mean. */
        while (blocks > 1 && sums[blocks - 2] * (int32_t)sizes[blocks - 1] >=
                                 sums[blocks - 1] * (int32_t)sizes[blocks - 2]) {
            sums[blocks - 2] += sums[blocks - 1];
            sizes[blocks - 2] += sizes[blocks - 1];
            blocks--;
        }
    }
    for (size_t block = 0; block < blocks; block++)
        for (size_t i = 0; i < sizes[block]; i++, at++)
            layer->items[at].centre = sums[block] / (int32_t)sizes[block] + offsets[at];
}

static void settle_beside(struct layout *layout, size_t index, bool above, int32_t gap)
{
    struct layout_layer *layer = &layout->layers[index];
    int32_t wishes[SAGA_STEPS_MAX];

    for (size_t i = 0; i < layer->count; i++)
        wishes[i] = mean_beside(layout, index, above, i, true);
    settle(layer, wishes, gap);
}

static bool leaves(const struct layout *layout, size_t layer, size_t upper)
{
    bool joined = false;

    for (size_t lower = 0; lower < layout->layers[layer + 1].count; lower++)
        joined = joined || layout_joins(layout, layer, upper, lower);
    return joined;
}

/* It would seem to be joined with what stands right above it. */
static bool seems_joined(const struct layout *layout, size_t layer, size_t lower)
{
    const struct layout_layer *above = &layout->layers[layer - 1];

    for (size_t upper = 0; upper < above->count; upper++)
        if (above->items[upper].centre == layout->layers[layer].items[lower].centre &&
            !layout_joins(layout, layer - 1, upper, lower) && leaves(layout, layer - 1, upper))
            return true;
    return false;
}

/* The centre of something above that it is joined with and stands nearly below, or its own. */
static int32_t straightened(const struct layout *layout, size_t layer, size_t lower, int32_t gap)
{
    const struct layout_layer *above = &layout->layers[layer - 1];
    int32_t centre = layout->layers[layer].items[lower].centre;

    for (size_t upper = 0; upper < above->count; upper++) {
        int32_t other = above->items[upper].centre;
        if (layout_joins(layout, layer - 1, upper, lower) && other - centre <= little(gap) &&
            centre - other <= little(gap))
            return other;
    }
    return centre;
}

/* Small bends out, false joins apart; whoever stands to the right makes room. */
static void step_aside(struct layout *layout, size_t index, int32_t gap)
{
    struct layout_layer *layer = &layout->layers[index];

    for (size_t i = 0; i < layer->count; i++) {
        layer->items[i].centre = straightened(layout, index, i, gap);
        if (i > 0) {
            int32_t least =
                layer->items[i - 1].centre + distance(&layer->items[i - 1], &layer->items[i], gap);
            if (layer->items[i].centre < least)
                layer->items[i].centre = least;
        }
        while (seems_joined(layout, index, i))
            layer->items[i].centre += little(gap);
    }
}

/* So that the leftmost unit is 0. */
static void start_at_zero(struct layout *layout)
{
    int32_t left = INT32_MAX, right = INT32_MIN;

    for (size_t l = 0; l < layout->layer_count; l++) {
        const struct layout_layer *layer = &layout->layers[l];
        const struct layout_item *last = &layer->items[layer->count - 1];
        if (layout_left(&layer->items[0]) < left)
            left = layout_left(&layer->items[0]);
        if (layout_left(last) + last->width > right)
            right = layout_left(last) + last->width;
    }
    for (size_t l = 0; l < layout->layer_count; l++)
        for (size_t i = 0; i < layout->layers[l].count; i++)
            layout->layers[l].items[i].centre -= left;
    layout->width = right - left;
}

void layout_place(struct layout *layout, const int32_t *widths, int32_t line_width, int32_t gap)
{
    static const int32_t nowhere[SAGA_STEPS_MAX];

    assert(layout->layer_count >= 1);
    assert(gap >= 1);

    for (size_t l = 0; l < layout->layer_count; l++) {
        struct layout_layer *layer = &layout->layers[l];
        for (size_t i = 0; i < layer->count; i++)
            layer->items[i].width =
                layer->items[i].line ? line_width : widths[layer->items[i].step];
        settle(layer, nowhere, gap);
    }
    for (unsigned sweep = 0; sweep < SWEEPS; sweep++) {
        for (size_t l = 1; l < layout->layer_count; l++)
            settle_beside(layout, l, true, gap);
        for (size_t l = layout->layer_count - 1; l-- > 0;)
            settle_beside(layout, l, false, gap);
    }
    for (size_t l = 1; l < layout->layer_count; l++)
        step_aside(layout, l, gap);
    start_at_zero(layout);
}
