/* The timeline, from the server's JSON. */
#include "ctl/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AT(ms) "\"time\":\"2024-02-29T12:34:56." ms "Z\""

static const char refused[] =
    "{\"id\":\"saga_1\",\"sid\":\"SM1\",\"definition\":\"send_message\",\"phase\":\"compensated\","
    "\"hold\":\"none\",\"created\":\"2024-02-29T12:34:56.000Z\",\"steps\":["
    "{\"name\":\"validate\",\"participant\":\"auth\",\"state\":\"done\",\"undo\":\"none\","
    " \"attempts\":1},"
    "{\"name\":\"reserve_quota\",\"participant\":\"billing\",\"state\":\"done\",\"undo\":\"done\","
    " \"undo_operation\":\"release_quota\",\"attempts\":1},"
    "{\"name\":\"reserve_balance\",\"participant\":\"billing\",\"state\":\"done\","
    " \"undo\":\"done\",\"undo_operation\":\"release_balance\",\"attempts\":3},"
    "{\"name\":\"queue\",\"participant\":\"messaging\",\"state\":\"rejected\",\"undo\":\"none\","
    " \"attempts\":1},"
    "{\"name\":\"confirm\",\"participant\":\"billing\",\"state\":\"not_run\",\"undo\":\"none\","
    " \"attempts\":0}],"
    "\"events\":["
    "{\"seq\":1," AT("000") ",\"type\":\"submitted\",\"text\":\"submitted; calls validate\"},"
    "{\"seq\":2," AT("003") ",\"type\":\"result\",\"step\":\"validate\",\"direction\":\"do\","
    " \"text\":\"validate answered done\"},"
    "{\"seq\":3," AT("007") ",\"type\":\"result\",\"step\":\"reserve_quota\","
    " \"direction\":\"do\",\"text\":\"reserve_quota answered done\"},"
    "{\"seq\":4," AT("009") ",\"type\":\"result\",\"step\":\"reserve_balance\","
    " \"direction\":\"do\",\"text\":\"reserve_balance answered done\"},"
    "{\"seq\":5," AT("012") ",\"type\":\"result\",\"step\":\"queue\",\"direction\":\"do\","
    " \"text\":\"queue answered rejected 21611; turns back; calls release_balance\"},"
    "{\"seq\":6," AT("020") ",\"type\":\"result\",\"step\":\"reserve_balance\","
    " \"direction\":\"undo\",\"text\":\"release_balance answered done; calls release_quota\"},"
    "{\"seq\":7," AT("041") ",\"type\":\"result\",\"step\":\"reserve_quota\","
    " \"direction\":\"undo\",\"text\":\"release_quota answered done; compensated\"}]}";

/* What trace_print makes of this JSON; the caller's, by free. */
static char *trace_of(const char *json)
{
    char *text = NULL;
    size_t size = 0;
    json_t *saga = json_loads(json, 0, NULL);

    assert_non_null(saga);
    FILE *out = open_memstream(&text, &size);
    trace_print(saga, out);
    fclose(out);
    json_decref(saga);
    return text;
}

static void a_refused_message_shows_steps_then_undos_then_events(void **state)
{
    (void)state;
    char *text = trace_of(refused);

    assert_string_equal(
        text, "saga_1  SM1\n"
              "send_message: compensated after 41ms\n"
              "\n"
              "  do    +3ms   validate         auth       done\n"
              "        +7ms   reserve_quota    billing    done\n"
              "        +9ms   reserve_balance  billing    done      3 tries\n"
              "        +12ms  queue            messaging  rejected\n"
              "        -      confirm          billing    not_run\n"
              "  undo  +20ms  release_balance  billing    done\n"
              "        +41ms  release_quota    billing    done\n"
              "\n"
              "  +0ms   submitted; calls validate\n"
              "  +3ms   validate answered done\n"
              "  +7ms   reserve_quota answered done\n"
              "  +9ms   reserve_balance answered done\n"
              "  +12ms  queue answered rejected 21611; turns back; calls release_balance\n"
              "  +20ms  release_balance answered done; calls release_quota\n"
              "  +41ms  release_quota answered done; compensated\n");
    free(text);
}

static void undos_stand_in_the_order_in_which_they_happened(void **state)
{
    (void)state;
    char *text = trace_of(refused);

    assert_true(strstr(text, "release_balance") < strstr(text, "release_quota"));
    free(text);
}

static void undos_still_to_come_follow_newest_first(void **state)
{
    (void)state;
    char *text = trace_of(
        "{\"id\":\"saga_1\",\"sid\":\"SM1\",\"definition\":\"d\",\"phase\":\"compensating\","
        "\"hold\":\"parked\",\"created\":\"2024-02-29T12:34:56.000Z\",\"steps\":["
        "{\"name\":\"a\",\"participant\":\"p\",\"state\":\"done\",\"undo\":\"due\"},"
        "{\"name\":\"b\",\"participant\":\"p\",\"state\":\"done\",\"undo\":\"calling\"}],"
        "\"events\":[]}");

    assert_non_null(strstr(text, "d: compensating, parked after 0ms\n"));
    assert_true(strstr(text, "undo of b") < strstr(text, "undo of a"));
    free(text);
}

static void an_answer_without_members_does_not_break_it(void **state)
{
    (void)state;
    free(trace_of("{}"));
    free(trace_of("{\"steps\":[null,1,{}],\"events\":[{\"seq\":\"x\"},7]}"));
}

static void idle_time_is_folded(void **state)
{
    (void)state;
    char *text = trace_of(
        "{\"id\":\"saga_1\",\"sid\":\"SM1\",\"definition\":\"d\",\"phase\":\"running\","
        "\"hold\":\"none\",\"created\":\"2024-02-29T12:34:56.000Z\",\"steps\":[],\"events\":["
        "{\"seq\":1,\"time\":\"2024-02-29T12:34:56.000Z\",\"text\":\"a\"},"
        "{\"seq\":2,\"time\":\"2024-02-29T12:34:56.999Z\",\"text\":\"b\"},"
        "{\"seq\":3,\"time\":\"2024-02-29T12:39:06.999Z\",\"text\":\"c\"}]}");

    assert_non_null(strstr(text, "  +0ms    a\n"
                                 "  +999ms  b\n"
                                 "  ⋮       nothing for 4m10s\n"
                                 "  +4m10s  c\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_time_is_folded),
        cmocka_unit_test(a_refused_message_shows_steps_then_undos_then_events),
        cmocka_unit_test(undos_stand_in_the_order_in_which_they_happened),
        cmocka_unit_test(undos_still_to_come_follow_newest_first),
        cmocka_unit_test(an_answer_without_members_does_not_break_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
