/*
 * The desk: each exchange is woken once, by its answer or by its deadline, whatever the order.
 */
#include "gateway/desk.h"

#include "base/clock.h"
#include "gateway/exchange.h"
#include "gateway/fake_inbox.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define COUNT 200u
#define FAR_MS 600000u

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct exchange *woken[COUNT];
    size_t count;
} wakes = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static void note_wake(void *connection)
{
    pthread_mutex_lock(&wakes.lock);
    assert_true(wakes.count < COUNT);
    wakes.woken[wakes.count++] = connection;
    pthread_cond_signal(&wakes.more);
    pthread_mutex_unlock(&wakes.lock);
}

static void await_wakes(size_t count)
{
    struct timespec until;
    int r = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&wakes.lock);
    while (wakes.count < count && r == 0)
        r = pthread_cond_timedwait(&wakes.more, &wakes.lock, &until);
    assert_int_equal(wakes.count, count);
    pthread_mutex_unlock(&wakes.lock);
}

struct table {
    struct inbox *inbox;
    struct desk *desk;
    struct exchange *exchanges; /* COUNT of them. */
};

static int open_desk(void **state)
{
    struct table *table = calloc(1, sizeof(*table));

    assert_non_null(table);
    wakes.count = 0;
    table->exchanges = calloc(COUNT, sizeof(*table->exchanges));
    assert_non_null(table->exchanges);
    assert_int_equal(inbox_open(&table->inbox), 0);
    assert_int_equal(desk_open(table->inbox, note_wake, &table->desk), 0);
    *state = table;
    return 0;
}

static int close_desk(void **state)
{
    struct table *table = *state;

    table->desk = desk_close(table->desk);
    for (unsigned i = 0; i < COUNT; i++)
        desk_reply_fini(&table->exchanges[i].reply_of_desk);
    inbox_close(table->inbox);
    free(table->exchanges);
    free(table);
    return 0;
}

static void ask(struct table *table, unsigned i, uint64_t deadline_ms)
{
    struct exchange *exchange = &table->exchanges[i];

    /* What the HTTP library would resume; here the exchange stands for it. */
    exchange->connection = exchange;
    assert_true(desk_admit(table->desk));
    desk_ask(table->desk, ask_new(REQUEST_GET), exchange, deadline_ms);
}

/* A walk through 0 … COUNT - 1 that jumps about: 73 and 200 have no common factor. */
static unsigned scattered(unsigned i)
{
    return i * 73u % COUNT;
}

static void deadlines_pass_in_their_order(void **state)
{
    struct table *table = *state;
    uint64_t start_ms = instant_now().monotonic_ms + 1000;

    for (unsigned i = 0; i < COUNT; i++)
        ask(table, scattered(i), start_ms + scattered(i));
    await_wakes(COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_ptr_equal(wakes.woken[i], &table->exchanges[i]);
        desk_take_reply(table->desk);
        assert_false(table->exchanges[i].reply_of_desk.came);
    }
    assert_true(instant_now().monotonic_ms >= start_ms + COUNT - 1);
    for (unsigned i = 0; i < COUNT; i++)
        fake_answer_snapshot(fake_take(table->inbox, REQUEST_GET), ANSWER_OK, false,
                             fake_snapshot());
    assert_int_equal(wakes.count, COUNT);
}

static void answers_come_in_any_order(void **state)
{
    struct table *table = *state;
    static struct request *requests[COUNT];
    uint64_t far_ms = instant_now().monotonic_ms + FAR_MS;

    for (unsigned i = 0; i < COUNT; i++) {
        ask(table, i, far_ms + scattered(i));
        requests[i] = fake_take(table->inbox, REQUEST_GET);
    }
    for (unsigned i = 0; i < COUNT; i++)
        fake_answer_snapshot(requests[scattered(i)], ANSWER_OK, false, fake_snapshot());
    await_wakes(COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_ptr_equal(wakes.woken[i], &table->exchanges[scattered(i)]);
        assert_true(table->exchanges[i].reply_of_desk.came);
        assert_non_null(table->exchanges[i].reply_of_desk.snapshot);
    }
}

/* Half are answered; the other half must still expire, and in order. */
static void what_is_answered_leaves_the_others_in_order(void **state)
{
    struct table *table = *state;
    static struct request *requests[COUNT];
    uint64_t start_ms = instant_now().monotonic_ms + 1000;

    for (unsigned i = 0; i < COUNT; i++) {
        ask(table, i, start_ms + scattered(i));
        requests[i] = fake_take(table->inbox, REQUEST_GET);
    }
    for (unsigned i = 0; i < COUNT; i += 2)
        fake_answer_plainly(requests[i], ANSWER_NOT_FOUND);
    await_wakes(COUNT);
    for (unsigned i = COUNT / 2 + 1; i < COUNT; i++) {
        size_t before = (size_t)(wakes.woken[i - 1] - table->exchanges);
        size_t after = (size_t)(wakes.woken[i] - table->exchanges);
        assert_true(scattered((unsigned)before) < scattered((unsigned)after));
    }
    for (unsigned i = 1; i < COUNT; i += 2)
        fake_answer_plainly(requests[i], ANSWER_NOT_FOUND);
}

static void a_full_inbox_answers_inside_the_asking(void **state)
{
    struct table *table = *state;

    fake_refuse(table->inbox, true);
    ask(table, 0, instant_now().monotonic_ms + FAR_MS);
    assert_int_equal(wakes.count, 1);
    assert_true(table->exchanges[0].reply_of_desk.came);
    assert_int_equal(table->exchanges[0].reply_of_desk.status, ANSWER_SHED);
}

static void a_status_is_copied_before_the_engine_goes_on(void **state)
{
    struct table *table = *state;
    struct status status = {.commits = 7};
    struct exchange *exchange = &table->exchanges[0];

    exchange->connection = exchange;
    assert_true(desk_admit(table->desk));
    desk_ask(table->desk, ask_new(REQUEST_STATUS), exchange, instant_now().monotonic_ms + FAR_MS);
    struct request *request = fake_take(table->inbox, REQUEST_STATUS);
    fake_answer(request, (struct answer){.status = ANSWER_OK, .status_report = &status});
    status.commits = 8;
    assert_int_equal(exchange->reply_of_desk.status_report->commits, 7);
}

static void a_drained_desk_admits_nothing(void **state)
{
    struct table *table = *state;

    desk_drain(table->desk);
    assert_false(desk_admit(table->desk));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        CASE(deadlines_pass_in_their_order),
        CASE(answers_come_in_any_order),
        CASE(what_is_answered_leaves_the_others_in_order),
        CASE(a_full_inbox_answers_inside_the_asking),
        CASE(a_status_is_copied_before_the_engine_goes_on),
        CASE(a_drained_desk_admits_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
