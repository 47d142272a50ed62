/*
 * sagactl audit verify: the server computes the chain again, part by part, from the first entry on.
 *
 * Whoever can write the store's file can also cut the audit's end off, or write all of it anew. So
 * the head is printed: noted elsewhere and given as --head, it must be found again.
 */
#include "ctl/command.h"
#include "ctl/view.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGEST_SIZE 32u
#define SHOW_EVERY_MS 200u
#define TELL_EVERY_MS 10000u

struct verification {
    const struct call *call;
    uint64_t told_ms;  /* When progress was last told. */
    bool shown;        /* A line of progress stands on the terminal. */
    json_t *head;      /* Owned: the number of the entry whose link is --head, or NULL. */
};

static void tell(struct verification *of, uint64_t checked)
{
    uint64_t now_ms = instant_now().monotonic_ms;
    bool terminal = isatty(STDERR_FILENO) == 1;

    if (now_ms - of->told_ms < (terminal ? SHOW_EVERY_MS : TELL_EVERY_MS))
        return;
    of->told_ms = now_ms;
    of->shown = terminal;
    fprintf(stderr, "%s%llu entries checked%s", terminal ? "\r\033[K" : "",
            (unsigned long long)checked, terminal ? "" : "\n");
}

static enum exit_code check_part(struct verification *of, const json_t *cursor, json_t **ret_part)
{
    const char *head = of->call->options[OPTION_HEAD];
    char path[SERVER_PATH_SIZE];

    snprintf(path, sizeof path, "/v1/audit/verify?%s%s%s%s", cursor != NULL ? "cursor=" : "",
             cursor != NULL ? json_string_value(cursor) : "", head != NULL ? "&head=" : "",
             head != NULL ? head : "");
    enum exit_code code = view_object(of->call, path, ret_part);
    if (code == EXIT_CODE_OK && json_is_integer(json_object_get(*ret_part, "head_number"))) {
        json_decref(of->head);
        of->head = json_incref(json_object_get(*ret_part, "head_number"));
    }
    return code;
}

/* All parts; @ret_last is the last of them, with what was found. */
static enum exit_code check_all(struct verification *of, json_t **ret_last)
{
    json_t *part = NULL, *next = NULL;
    enum exit_code code = check_part(of, NULL, &next);

    while (code == EXIT_CODE_OK) {
        json_decref(part);
        part = next;
        const json_t *cursor = json_object_get(part, "next_cursor");
        if (!json_is_string(cursor))
            break;
        tell(of, view_number(part, "checked"));
        code = check_part(of, cursor, &next);
    }
    if (of->shown)
        fputs("\r\033[K", stderr);
    if (code != EXIT_CODE_OK) {
        json_decref(part);
        return code;
    }
    if (of->head != NULL)
        json_object_set(part, "head_number", of->head);
    *ret_last = part;
    return EXIT_CODE_OK;
}

static void print_found(const struct call *call, const json_t *found)
{
    uint64_t count = view_number(found, "checked"), noted = view_number(found, "head_number");

    fprintf(call->out, "%llu %s, as written\n", (unsigned long long)count,
            count == 1 ? "entry" : "entries");
    if (noted > 0)
        fprintf(call->out, "the head that was noted is entry %llu\n", (unsigned long long)noted);
    fprintf(call->out, "head %s\n", view_text(found, "digest"));
}

/* The head of an audit without entries is nothing but zeros: what was there then is there now. */
static enum exit_code judge(const struct call *call, const json_t *found)
{
    const json_t *broken = json_object_get(found, "broken");
    bool structured = call->format == FORMAT_JSON || call->format == FORMAT_JSONL;
    const char *head = call->options[OPTION_HEAD];
    bool from_start = head != NULL && strspn(head, "0") == strlen(head);
    bool missed = head != NULL && !from_start && view_number(found, "head_number") == 0;

    if (structured || (!json_is_object(broken) && !missed))
        view_print(call, found, print_found, view_text(found, "digest"));
    if (json_is_object(broken)) {
        fprintf(stderr, "sagactl: the audit is broken at entry %llu: %s\n",
                (unsigned long long)view_number(broken, "number"), view_text(broken, "detail"));
        return EXIT_CODE_FAILED;
    }
    if (missed) {
        fprintf(stderr,
                "sagactl: none of the %llu entries has the head that was noted: what was there "
                "then was cut off, or written anew\n",
                (unsigned long long)view_number(found, "checked"));
        return EXIT_CODE_FAILED;
    }
    return EXIT_CODE_OK;
}

enum exit_code audit_verify_run(const struct call *call)
{
    struct verification of = {.call = call, .told_ms = instant_now().monotonic_ms};
    const char *head = call->options[OPTION_HEAD];
    uint8_t digest[DIGEST_SIZE];
    json_t *found;

    if (head != NULL && !hex_decode(head, sizeof digest, digest))
        return command_misuse(call, "--head takes a digest: %u hexadecimal digits",
                              2 * DIGEST_SIZE);
    enum exit_code code = check_all(&of, &found);
    if (code == EXIT_CODE_OK) {
        code = judge(call, found);
        json_decref(found);
    }
    json_decref(of.head);
    return code;
}
