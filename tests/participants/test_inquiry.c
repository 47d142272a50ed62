/* The inquiry socket: one line in, one line out, whatever the other end does. */
#include "base/fault.h"
#include "service/inquiry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct place {
    char folder[PATH_MAX];
    struct inquiry *inquiry;
};

/* Answer with the size of the question and its first bytes. */
static int echo(void *context, const void *line, size_t size, struct buffer *answer)
{
    (void)context;
    return buffer_print(answer, "%zu %.*s", size, (int)(size < 8 ? size : 8), (const char *)line);
}

static void open_in(struct place *place)
{
    char problem[PROBLEM_SIZE] = "";

    if (inquiry_open(place->folder, "billing", echo, NULL, &place->inquiry, problem) != 0)
        fail_msg("%s", problem);
}

static int make_place(void **state)
{
    static struct place place;

    snprintf(place.folder, sizeof place.folder, "/tmp/sagad-inquiry-XXXXXX");
    if (mkdtemp(place.folder) == NULL)
        return -1;
    open_in(&place);
    *state = &place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;

    place->inquiry = inquiry_close(place->inquiry);
    return rmdir(place->folder); /* The socket is gone, or this fails. */
}

static int connect_to(const struct place *place)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%.80s/billing.sock", place->folder);
    assert_int_equal(connect(connection, (struct sockaddr *)&address, sizeof address), 0);
    return connection;
}

static void expect_answer(const struct place *place, const char *question, const char *expected)
{
    struct buffer answer = {0};

    assert_int_equal(inquiry_ask(place->folder, "billing", question, strlen(question), &answer), 0);
    assert_int_equal(answer.size, strlen(expected));
    assert_memory_equal(answer.data, expected, answer.size);
    buffer_fini(&answer);
}

static void a_line_is_answered_with_a_line(void **state)
{
    for (int i = 0; i < 20; i++)
        expect_answer(*state, "{}", "2 {}");
}

static void the_socket_is_its_owners_alone(void **state)
{
    const struct place *place = *state;
    struct stat found;
    char path[PATH_MAX + 32];

    snprintf(path, sizeof path, "%s/billing.sock", place->folder);
    assert_int_equal(stat(path, &found), 0);
    assert_true(S_ISSOCK(found.st_mode));
    assert_int_equal(found.st_mode & 0777, 0600);
}

static void a_question_of_the_largest_size_is_answered_and_one_more_is_told_so(void **state)
{
    const struct place *place = *state;
    static char question[INQUIRY_LINE_MAX + 1];
    struct buffer answer = {0};

    memset(question, 'x', sizeof question);
    assert_int_equal(inquiry_ask(place->folder, "billing", question, INQUIRY_LINE_MAX, &answer), 0);
    assert_memory_equal(answer.data, "65536 ", 6);
    buffer_clear(&answer);
    assert_int_equal(inquiry_ask(place->folder, "billing", question, INQUIRY_LINE_MAX + 1, &answer),
                     0);
    assert_non_null(memmem(answer.data, answer.size, "at most 65536 bytes", 19));
    buffer_fini(&answer);
}

static void one_who_says_nothing_does_not_hold_the_others(void **state)
{
    int silent = connect_to(*state);

    expect_answer(*state, "{}", "2 {}");
    close(silent);
}

static void those_who_leave_at_once_do_no_harm(void **state)
{
    for (int i = 0; i < 40; i++)
        close(connect_to(*state));
    expect_answer(*state, "{}", "2 {}");
}

static void one_who_asks_and_does_not_listen_does_no_harm(void **state)
{
    for (int i = 0; i < 10; i++) {
        int connection = connect_to(*state);
        assert_int_equal(write(connection, "{}\n", 3), 3);
        close(connection);
    }
    expect_answer(*state, "{}", "2 {}");
}

static void a_line_that_ends_with_the_connection_is_a_line(void **state)
{
    int connection = connect_to(*state);
    char answer[16] = "";

    assert_int_equal(write(connection, "abc", 3), 3);
    assert_int_equal(shutdown(connection, SHUT_WR), 0);
    assert_int_equal(recv(connection, answer, sizeof answer, MSG_WAITALL), 6);
    assert_memory_equal(answer, "3 abc\n", 6);
    close(connection);
}

static void nobody_is_there_when_it_is_closed(void **state)
{
    struct place *place = *state;
    struct buffer answer = {0};

    place->inquiry = inquiry_close(place->inquiry);
    assert_int_equal(inquiry_ask(place->folder, "billing", "{}", 2, &answer), INQUIRY_NOBODY);
    assert_int_equal(inquiry_ask("/nowhere/at/all", "billing", "{}", 2, &answer), INQUIRY_NOBODY);
    buffer_fini(&answer);
}

static void a_socket_left_behind_is_replaced(void **state)
{
    struct place *place = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct buffer answer = {0};

    place->inquiry = inquiry_close(place->inquiry);
    snprintf(address.sun_path, sizeof address.sun_path, "%.80s/billing.sock", place->folder);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
    close(dead);
    assert_int_equal(inquiry_ask(place->folder, "billing", "{}", 2, &answer), INQUIRY_NOBODY);
    buffer_fini(&answer);
    open_in(place);
    expect_answer(place, "{}", "2 {}");
}

static void a_folder_deeper_than_a_socket_path_works(void **state)
{
    struct place deep;
    char step[64];

    (void)state;
    snprintf(deep.folder, sizeof deep.folder, "/tmp/sagad-inquiry-XXXXXX");
    assert_non_null(mkdtemp(deep.folder));
    size_t root = strlen(deep.folder);
    memset(step, 'd', sizeof step);
    step[0] = '/';
    step[sizeof step - 1] = '\0';
    for (int i = 0; i < 4; i++) {
        strcat(deep.folder, step);
        assert_int_equal(mkdir(deep.folder, 0700), 0);
    }
    assert_true(strlen(deep.folder) > sizeof(struct sockaddr_un));
    open_in(&deep);
    expect_answer(&deep, "{}", "2 {}");
    deep.inquiry = inquiry_close(deep.inquiry);
    while (strlen(deep.folder) >= root) {
        assert_int_equal(rmdir(deep.folder), 0);
        *strrchr(deep.folder, '/') = '\0';
    }
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_line_is_answered_with_a_line),
        IN_PLACE(the_socket_is_its_owners_alone),
        IN_PLACE(a_question_of_the_largest_size_is_answered_and_one_more_is_told_so),
        IN_PLACE(one_who_says_nothing_does_not_hold_the_others),
        IN_PLACE(those_who_leave_at_once_do_no_harm),
        IN_PLACE(one_who_asks_and_does_not_listen_does_no_harm),
        IN_PLACE(a_line_that_ends_with_the_connection_is_a_line),
        IN_PLACE(nobody_is_there_when_it_is_closed),
        IN_PLACE(a_socket_left_behind_is_replaced),
        cmocka_unit_test(a_folder_deeper_than_a_socket_path_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
