/*
 * GET /docs/errors and /docs/errors/{code}: what each error means, from the tables that make them.
 */
#include "gateway/handlers.h"

#include "gateway/exchange.h"
#include "gateway/message_code.h"
#include "gateway/problem.h"

#include <stdio.h>
#include <string.h>

#define PAGE_TYPE "text/plain; charset=utf-8"

static int print_problem(struct buffer *page, const struct problem_kind *kind)
{
    return buffer_print(page, "%s  (HTTP %u; %u on the Messages face)\n  %s. %s%s\n\n", kind->code,
                        kind->status, kind->number, kind->title, kind->what,
                        kind->retryable ? " The request can be repeated with the same key." : "");
}

static int print_message_code(struct buffer *page, const struct message_code *code)
{
    return buffer_print(page, "%u  (HTTP %u)\n  %s\n  What to do: %s\n\n", code->number,
                        code->status, code->text,
                        code->remedy ? code->remedy
                                     : "a service of this server gives this number a meaning; ask "
                                       "whoever runs it.");
}

/* All of them when @wanted is NULL. Returns a fault, or how many were printed. */
static int print_page(struct buffer *page, const char *wanted)
{
    size_t count;
    int printed = 0, r = 0;

    for (unsigned i = 0; i < PROBLEM_CODE_COUNT && r == 0; i++) {
        const struct problem_kind *kind = problem_kind((enum problem_code)i);
        char number[16];
        snprintf(number, sizeof(number), "%u", kind->number);
        if (wanted && strcmp(wanted, kind->code) != 0 && strcmp(wanted, number) != 0)
            continue;
        r = print_problem(page, kind);
        printed++;
    }
    const struct message_code *codes = message_codes(&count);
    for (size_t i = 0; i < count && r == 0; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%u", codes[i].number);
        if (wanted && strcmp(wanted, number) != 0)
            continue;
        r = print_message_code(page, &codes[i]);
        printed++;
    }
    return r < 0 ? r : printed;
}

/* A service may refuse with any number, and the error's link leads here all the same. */
static int print_foreign(struct buffer *page, const char *wanted)
{
    struct message_code code = message_code_of_saga(wanted);

    if (code.remedy)
        return 0;
    int r = print_message_code(page, &code);
    return r < 0 ? r : 1;
}

static void reply_page(struct exchange *exchange, const char *wanted)
{
    struct buffer page = {0};
    int printed = print_page(&page, wanted);

    if (printed == 0)
        printed = print_foreign(&page, wanted);
    if (printed > 0) {
        exchange_reply(exchange, 200, PAGE_TYPE, (char *)page.data, page.size);
        return;
    }
    buffer_fini(&page);
    if (printed == 0)
        problem_say(exchange, PROBLEM_NOT_FOUND, "There is no error of this code.");
    else
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the reply.");
}

void show_errors(struct exchange *exchange)
{
    reply_page(exchange, NULL);
}

void show_error(struct exchange *exchange)
{
    reply_page(exchange, exchange->match.parameters[0]);
}
