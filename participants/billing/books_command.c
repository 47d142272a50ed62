/* The command `books`: asks page by page, and prints JSON or a table. */
#include "billing/books.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Move the rows of an answer to the end of @rows, and copy where the next page begins. */
static bool take_page(json_t *answer, const char *name, json_t *rows, char *after, size_t size)
{
    const char *next = json_string_value(json_object_get(answer, "next"));

    json_array_extend(rows, json_object_get(answer, name));
    snprintf(after, size, "%s", next == NULL ? "" : next);
    return next != NULL;
}

/* All further rows of @name, beginning after @after. */
static enum service_exit read_pages(const struct service *service, const char *dir,
                                    const char *name, char *after, size_t size, json_t *rows)
{
    bool more = true;

    while (more) {
        json_t *answer = NULL;
        json_t *question = json_pack("{s:s, s:s}", "ask", name, "after", after);
        enum service_exit code =
            service_ask(service, dir, SERVICE_ELSE_THE_FILE, question, &answer);
        if (code != SERVICE_OK)
            return code;
        more = take_page(answer, name, rows, after, size);
        json_decref(answer);
    }
    return SERVICE_OK;
}

static enum service_exit read_books(const struct service *service,
                                    const struct arguments *arguments, json_t **ret_books)
{
    char after[QUESTION_AFTER_SIZE];
    json_t *books = NULL, *accounts = json_array(), *messages = json_array();
    enum service_exit code = service_ask(service, arguments->dir, SERVICE_ELSE_THE_FILE,
                                         json_pack("{s:s}", "ask", "books"), &books);

    if (code == SERVICE_OK) {
        if (take_page(books, "accounts", accounts, after, sizeof after))
            code = read_pages(service, arguments->dir, "accounts", after, sizeof after, accounts);
        after[0] = '\0';
        if (code == SERVICE_OK && arguments->by_message)
            code = read_pages(service, arguments->dir, "messages", after, sizeof after, messages);
        json_object_del(books, "next");
        json_object_set(books, "accounts", accounts);
        if (arguments->by_message)
            json_object_set(books, "messages", messages);
        if (code == SERVICE_OK)
            *ret_books = books;
        else
            json_decref(books);
    }
    json_decref(accounts);
    json_decref(messages);
    return code;
}

static int64_t number_of(const json_t *row, const char *key)
{
    return json_integer_value(json_object_get(row, key));
}

static void print_accounts(const json_t *accounts)
{
    const json_t *row;
    size_t i;

    printf("%-34s %18s %14s %14s %11s\n", "ACCOUNT", "BALANCE", "RESERVED", "CAPTURED",
           "QUOTA USED");
    json_array_foreach(accounts, i, row)
        printf("%-34s %18.6f %14.6f %14.6f %11" PRId64 "\n",
               json_string_value(json_object_get(row, "sid")),
               (double)number_of(row, "balance") / 1e6, (double)number_of(row, "reserved") / 1e6,
               (double)number_of(row, "captured") / 1e6, number_of(row, "quota_used"));
}

static void print_messages(const json_t *messages)
{
    const json_t *row;
    size_t i;

    printf("\n%-34s %9s %14s %14s\n", "MESSAGE", "CAPTURES", "CAPTURED", "RESERVED");
    json_array_foreach(messages, i, row)
        printf("%-34s %9" PRId64 " %14.6f %14.6f\n", json_string_value(json_object_get(row, "sid")),
               number_of(row, "captures"), (double)number_of(row, "captured") / 1e6,
               (double)number_of(row, "reserved") / 1e6);
}

/* Amounts in the currency, for people; JSON has the exact micro-units. */
static void print_table(const json_t *books)
{
    const char *finding = json_string_value(json_object_get(books, "finding"));
    const json_t *messages = json_object_get(books, "messages");

    print_accounts(json_object_get(books, "accounts"));
    if (messages != NULL)
        print_messages(messages);
    printf("\ncaptures %" PRId64 ", duplicate captures %" PRId64 "; %s%s\n",
           number_of(books, "captures"), number_of(books, "duplicate_captures"),
           finding == NULL ? "the books are conserved" : "THE BOOKS ARE WRONG: ",
           finding == NULL ? "" : finding);
}

enum service_exit books_command(const struct service *service, const struct arguments *arguments)
{
    const char *output = arguments->output == NULL ? "table" : arguments->output;
    bool as_json = strcmp(output, "json") == 0;
    json_t *books = NULL;

    if (!as_json && strcmp(output, "table") != 0)
        return service_complain(service, SERVICE_USAGE, "-o is json or table");
    if (arguments->rest_count > 0)
        return service_complain(service, SERVICE_USAGE, "books takes options only");
    enum service_exit code = read_books(service, arguments, &books);
    if (code != SERVICE_OK)
        return code;
    if (as_json)
        service_print_json(books);
    else
        print_table(books);
    json_decref(books);
    return SERVICE_OK;
}
