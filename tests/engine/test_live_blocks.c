#include "engine/live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SAGAS 3000u

static struct live sagas[SAGAS];

/* The numbers are 10, 20, 30 …; the list and the blocks as the table of live sagas has them. */
static void add(struct live_blocks *blocks, size_t i, struct live **newest)
{
    sagas[i] = (struct live){.id = {.number = (i + 1) * 10}, .older = *newest, .listed = true};
    assert_int_equal(live_blocks_add(blocks, &sagas[i]), 0);
    if (*newest != NULL)
        (*newest)->newer = &sagas[i];
    *newest = &sagas[i];
}

static void remove_one(struct live_blocks *blocks, struct live *live, struct live **newest)
{
    live_blocks_remove(blocks, live);
    if (live->newer != NULL)
        live->newer->older = live->older;
    else
        *newest = live->older;
    if (live->older != NULL)
        live->older->newer = live->newer;
    live->listed = false;
}

static struct live *expected_below(uint64_t number)
{
    for (size_t i = SAGAS; i > 0; i--)
        if (sagas[i - 1].listed && sagas[i - 1].id.number < number)
            return &sagas[i - 1];
    return NULL;
}

static void expect_places(const struct live_blocks *blocks)
{
    for (uint64_t number = 1; number < SAGAS * 10 + 20; number += 7)
        assert_ptr_equal(live_blocks_below(blocks, number), expected_below(number));
}

static void a_place_is_found_whoever_has_ended(void **state)
{
    struct live_blocks blocks = {.count = 0};
    struct live *newest = NULL;
    uint64_t seed = 1;

    assert_null(live_blocks_below(&blocks, 10));
    for (size_t i = 0; i < SAGAS; i++)
        add(&blocks, i, &newest);
    expect_places(&blocks);
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < SAGAS / 4; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            struct live *live = &sagas[(seed >> 33) % SAGAS];
            if (live->listed)
                remove_one(&blocks, live, &newest);
        }
        expect_places(&blocks);
    }
    for (size_t i = 0; i < SAGAS; i++)
        if (sagas[i].listed)
            remove_one(&blocks, &sagas[i], &newest);
    assert_int_equal(blocks.count, 0);
    live_blocks_fini(&blocks);
    (void)state;
}

static void a_block_holds_so_many_and_goes_with_its_last(void **state)
{
    struct live_blocks blocks = {.count = 0};
    struct live *newest = NULL;

    for (size_t i = 0; i < SAGAS; i++)
        sagas[i].listed = false;
    for (size_t i = 0; i < 2 * LIVE_BLOCK_SIZE + 1; i++)
        add(&blocks, i, &newest);
    assert_int_equal(blocks.count, 3);
    for (size_t i = LIVE_BLOCK_SIZE; i < 2 * LIVE_BLOCK_SIZE; i++)
        remove_one(&blocks, &sagas[i], &newest);
    assert_int_equal(blocks.count, 2);
    assert_ptr_equal(live_blocks_below(&blocks, sagas[2 * LIVE_BLOCK_SIZE].id.number),
                     &sagas[LIVE_BLOCK_SIZE - 1]);
    live_blocks_fini(&blocks);
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_is_found_whoever_has_ended),
        cmocka_unit_test(a_block_holds_so_many_and_goes_with_its_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
