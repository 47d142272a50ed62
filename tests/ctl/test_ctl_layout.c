/* Layers, orders and centres. */
#include "ctl/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NEEDS(step) (1u << (step))

static int32_t widths[SAGA_STEPS_MAX];

static struct layout arranged(const uint32_t *needs, uint32_t count)
{
    struct layout layout;

    layout_arrange(needs, count, &layout);
    for (uint32_t i = 0; i < count; i++)
        widths[i] = (int32_t)(5 + i % 7);
    layout_place(&layout, widths, 1, 3);
    return layout;
}

/* Where a step stands; the test fails when it stands nowhere or twice. */
static const struct layout_item *item_of(const struct layout *layout, uint8_t step,
                                         size_t *ret_layer)
{
    const struct layout_item *found = NULL;

    *ret_layer = 0;
    for (size_t l = 0; l < layout->layer_count; l++) {
        for (size_t i = 0; i < layout->layers[l].count; i++) {
            const struct layout_item *item = &layout->layers[l].items[i];
            if (item->step != step || item->line)
                continue;
            assert_null(found);
            found = item;
            *ret_layer = l;
        }
    }
    assert_non_null(found);
    return found;
}

static void a_chain_is_one_straight_line(void **state)
{
    (void)state;
    const uint32_t needs[] = {0, NEEDS(0), NEEDS(1), NEEDS(2)};
    struct layout layout = arranged(needs, 4);

    assert_int_equal(layout.layer_count, 4);
    for (uint8_t i = 0; i < 4; i++) {
        size_t layer;
        const struct layout_item *item = item_of(&layout, i, &layer);
        assert_int_equal(layer, i);
        assert_int_equal(item->centre, layout.layers[0].items[0].centre);
    }
}

static void branches_stand_side_by_side_below_their_origin(void **state)
{
    (void)state;
    const uint32_t needs[] = {0, NEEDS(0), NEEDS(0), NEEDS(1) | NEEDS(2)};
    struct layout layout = arranged(needs, 4);
    size_t left_layer, right_layer, end_layer, start_layer;
    const struct layout_item *left = item_of(&layout, 1, &left_layer);
    const struct layout_item *right = item_of(&layout, 2, &right_layer);
    const struct layout_item *start = item_of(&layout, 0, &start_layer);

    item_of(&layout, 3, &end_layer);
    assert_int_equal(left_layer, 1);
    assert_int_equal(right_layer, 1);
    assert_int_equal(end_layer, 2);
    assert_true(left->centre < start->centre);
    assert_true(start->centre < right->centre);
}

static void a_line_that_goes_on_has_a_place_in_each_layer(void **state)
{
    (void)state;
    const uint32_t needs[] = {0, NEEDS(0), NEEDS(1), NEEDS(0) | NEEDS(2), NEEDS(0) | NEEDS(3)};
    struct layout layout = arranged(needs, 5);
    size_t lines = 0;

    for (size_t l = 0; l < layout.layer_count; l++)
        for (size_t i = 0; i < layout.layers[l].count; i++)
            if (layout.layers[l].items[i].line) {
                assert_int_equal(layout.layers[l].items[i].step, 0);
                lines++;
            }
    assert_int_equal(layout.layer_count, 5);
    assert_int_equal(lines, 3); /* Beside steps 1, 2 and 3; two needs share them. */
}

static void crossings_that_need_not_be_are_undone(void **state)
{
    (void)state;
    /* Two chains, written so that they cross: 0 to 3 and 1 to 2. */
    const uint32_t needs[] = {0, 0, NEEDS(1), NEEDS(0)};
    struct layout layout = arranged(needs, 4);

    assert_int_equal(layout_crossings(&layout), 0);
}

static void crossings_are_counted(void **state)
{
    (void)state;
    /* Each of two ends needs each of two starts: one pair must cross, however they stand. */
    const uint32_t needs[] = {0, 0, NEEDS(0) | NEEDS(1), NEEDS(0) | NEEDS(1)};
    struct layout layout = arranged(needs, 4);

    assert_int_equal(layout_crossings(&layout), 1);
}

/* ---- whatever the needs are ---- */

static void check_layers(const struct layout *layout, const uint32_t *needs, uint32_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        size_t own, lowest = 0;
        item_of(layout, i, &own);
        for (uint8_t need = 0; need < count; need++) {
            size_t above;
            if ((needs[i] & NEEDS(need)) == 0)
                continue;
            item_of(layout, need, &above);
            lowest = above + 1 > lowest ? above + 1 : lowest;
        }
        assert_int_equal(own, lowest);
    }
}

/* Every need is a chain of joined items, one a layer. */
static void check_lines(const struct layout *layout, const uint32_t *needs, uint32_t count)
{
    for (uint8_t i = 0; i < count; i++) {
        for (uint8_t need = 0; need < count; need++) {
            size_t from, to, at = 0;
            if ((needs[i] & NEEDS(need)) == 0)
                continue;
            item_of(layout, need, &from);
            item_of(layout, i, &to);
            for (size_t l = from; l < to; l++) {
                const struct layout_layer *layer = &layout->layers[l];
                at = 0;
                while (at < layer->count && layer->items[at].step != need)
                    at++;
                assert_true(at < layer->count);
                assert_int_equal(layer->items[at].line, l > from);
            }
            size_t lower = 0;
            while (&layout->layers[to].items[lower] != item_of(layout, i, &to))
                lower++;
            assert_true(layout_joins(layout, to - 1, at, lower));
        }
    }
}

static bool has_joint_below(const struct layout *layout, size_t layer, size_t upper)
{
    bool joined = false;

    for (size_t lower = 0; lower < layout->layers[layer + 1].count; lower++)
        joined = joined || layout_joins(layout, layer, upper, lower);
    return joined;
}

static void check_places(const struct layout *layout)
{
    for (size_t l = 0; l < layout->layer_count; l++) {
        const struct layout_layer *layer = &layout->layers[l];
        int32_t free_from = 0;
        for (size_t i = 0; i < layer->count; i++) {
            const struct layout_item *item = &layer->items[i];
            assert_true(layout_left(item) >= free_from);
            free_from = layout_left(item) + item->width + 3;
            assert_true(layout_left(item) + item->width <= layout->width);
            for (size_t u = 0; l > 0 && u < layout->layers[l - 1].count; u++)
                if (layout->layers[l - 1].items[u].centre == item->centre)
                    assert_true(layout_joins(layout, l - 1, u, i) ||
                                !has_joint_below(layout, l - 1, u));
        }
    }
}

static void whatever_the_needs_are_all_rules_hold(void **state)
{
    (void)state;
    uint32_t seed = 1;

    for (unsigned round = 0; round < 2000; round++) {
        uint32_t needs[SAGA_STEPS_MAX];
        uint32_t count = 1 + round % SAGA_STEPS_MAX, density = 1 + round / 7 % 12;
        for (uint32_t i = 0; i < count; i++) {
            needs[i] = 0;
            for (uint32_t need = 0; need < i; need++) {
                seed = seed * 1664525u + 1013904223u;
                if ((seed >> 16) % 16 < density && (seed >> 8) % 2 == 0)
                    needs[i] |= NEEDS(need);
            }
        }
        struct layout layout = arranged(needs, count);
        check_layers(&layout, needs, count);
        check_lines(&layout, needs, count);
        check_places(&layout);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_one_straight_line),
        cmocka_unit_test(branches_stand_side_by_side_below_their_origin),
        cmocka_unit_test(a_line_that_goes_on_has_a_place_in_each_layer),
        cmocka_unit_test(crossings_that_need_not_be_are_undone),
        cmocka_unit_test(crossings_are_counted),
        cmocka_unit_test(whatever_the_needs_are_all_rules_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
