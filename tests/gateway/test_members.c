/*
 * JSON from outside.
 */
#include "gateway/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct member table[] = {
    {"name", MEMBER_TEXT, 5, true},
    {"object", MEMBER_OBJECT, 0, false},
    {"flag", MEMBER_BOOLEAN, 0, false},
    {"any", MEMBER_ANY, 0, false},
};

static bool parse(const char *text, size_t size, json_t **ret_object, struct problem *ret_problem)
{
    return members_parse(bytes_of(text, size), table, sizeof(table) / sizeof(table[0]), ret_object,
                         ret_problem);
}

static void a_good_object_is_taken(void **state)
{
    static const char text[] = "{\"name\":\"abcde\",\"object\":{},\"flag\":true,\"any\":[1,null]}";
    struct problem problem;
    json_t *object;

    (void)state;
    assert_true(parse(text, strlen(text), &object, &problem));
    assert_string_equal(members_text(object, "name"), "abcde");
    assert_null(members_text(object, "object"));
    assert_null(members_text(object, "absent"));
    json_decref(object);
}

static void what_cannot_be_read_is_malformed(void **state)
{
    static const char *const texts[] = {
        "",
        "x",
        "[]",
        "1",
        "\"a\"",
        "null",
        "{",
        "{}x",
        "{\"name\":\"a\",\"name\":\"b\"}",
        "{\"name\":\"\\u0000\"}",
        "{\"name\":\"\xff\"}",
        "{\"name\":\"\\ud800\"}",
        "{'name':'a'}",
        "{\"name\":\"a\",}",
        "{\"any\":01}",
        "{\"any\":99999999999999999999}",
        "{\"any\":1e999}",
        "{\"any\":NaN}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct problem problem;
        json_t *object;
        if (parse(texts[i], strlen(texts[i]), &object, &problem))
            fail_msg("taken: %s", texts[i]);
        assert_int_equal(problem.code, PROBLEM_MALFORMED);
        assert_true(strlen(problem.detail) > 0);
        assert_int_equal(problem.error_count, 0);
    }
}

static void a_wrong_member_is_pointed_at(void **state)
{
    static const struct {
        const char *text, *pointer;
    } cases[] = {
        {"{}", "/name"},
        {"{\"name\":1}", "/name"},
        {"{\"name\":\"\"}", "/name"},
        {"{\"name\":\"abcdef\"}", "/name"},
        {"{\"name\":null}", "/name"},
        {"{\"name\":\"a\",\"other\":1}", "/other"},
        {"{\"name\":\"a\",\"a/b~c\":1}", "/a~1b~0c"},
        {"{\"name\":\"a\",\"object\":[]}", "/object"},
        {"{\"name\":\"a\",\"flag\":0}", "/flag"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem;
        json_t *object;
        assert_false(parse(cases[i].text, strlen(cases[i].text), &object, &problem));
        assert_int_equal(problem.code, PROBLEM_INVALID);
        assert_int_equal(problem.error_count, 1);
        assert_string_equal(problem.errors[0].pointer, cases[i].pointer);
        assert_string_equal(problem.errors[0].detail, problem.detail);
    }
}

static void every_mistake_is_told_at_once(void **state)
{
    struct problem problem;
    json_t *object;
    char text[1024] = "{\"nmae\":\"a\",\"flag\":0";

    (void)state;
    strcat(text, ",\"object\":[]}");
    assert_false(parse(text, strlen(text), &object, &problem));
    assert_int_equal(problem.error_count, 4);
    assert_string_equal(problem.errors[0].detail,
                        "\"nmae\" is not a member of this request; did you mean \"name\"?");
    assert_string_equal(problem.errors[1].pointer, "/flag");
    assert_string_equal(problem.errors[2].pointer, "/object");
    assert_string_equal(problem.errors[3].pointer, "/name");
    strcpy(text, "{");
    for (unsigned i = 0; i < 20; i++)
        snprintf(text + strlen(text), 16, "%s\"x%u\":1", i > 0 ? "," : "", i);
    strcat(text, "}");
    assert_false(parse(text, strlen(text), &object, &problem));
    assert_int_equal(problem.error_count, PROBLEM_ERRORS_MAX);
}

static void a_long_name_is_cut_in_the_pointer(void **state)
{
    char text[1024];
    struct problem problem;
    json_t *object;

    (void)state;
    snprintf(text, sizeof(text), "{\"name\":\"a\",\"%0500d\":1}", 0);
    assert_false(parse(text, strlen(text), &object, &problem));
    assert_true(strlen(problem.errors[0].pointer) < PROBLEM_POINTER_SIZE);
    assert_true(strlen(problem.errors[0].pointer) > 100);
}

/* @depth arrays in the member `any`. */
static bool parse_nested(unsigned depth, struct problem *ret_problem)
{
    char text[256] = "{\"name\":\"a\",\"any\":";
    json_t *object;

    for (unsigned i = 0; i < depth; i++)
        strcat(text, "[");
    for (unsigned i = 0; i < depth; i++)
        strcat(text, "]");
    strcat(text, "}");
    if (!parse(text, strlen(text), &object, ret_problem))
        return false;
    json_decref(object);
    return true;
}

static void nesting_is_bounded(void **state)
{
    struct problem problem;

    (void)state;
    assert_true(parse_nested(MEMBERS_DEPTH_MAX - 1, &problem));
    assert_false(parse_nested(MEMBERS_DEPTH_MAX, &problem));
    assert_int_equal(problem.code, PROBLEM_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_object_is_taken),
        cmocka_unit_test(what_cannot_be_read_is_malformed),
        cmocka_unit_test(a_wrong_member_is_pointed_at),
        cmocka_unit_test(every_mistake_is_told_at_once),
        cmocka_unit_test(a_long_name_is_cut_in_the_pointer),
        cmocka_unit_test(nesting_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
