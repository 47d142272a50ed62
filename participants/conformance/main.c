/* saga-conformance: whether a participant, in whatever language, keeps to the protocol. */
#include "checks.h"

#include "base/fault.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

const struct check checks[] = {
    {"it asks for work", check_polls, CHECK_NEEDS_NOTHING},
    {"it keeps two polls out", check_two_polls, CHECK_NEEDS_NOTHING},
    {"it does what it is asked", check_result, CHECK_NEEDS_NOTHING},
    {"it asks again after an answer without calls", check_empty_work, CHECK_NEEDS_NOTHING},
    {"it answers as many calls as it has offered slots", check_slots, CHECK_NEEDS_NOTHING},
    {"it skips fields that it does not know", check_unknown_fields, CHECK_NEEDS_NOTHING},
    {"it answers an unknown operation with RETRY", check_unknown_operation, CHECK_NEEDS_NOTHING},
    {"it survives an answer that makes no sense", check_nonsense, CHECK_NEEDS_NOTHING},
    {"it answers a duplicate as it did the first time", check_duplicate, CHECK_NEEDS_NOTHING},
    {"it does a thing once that it is asked twice in one message", check_twice_in_one_message,
     CHECK_NEEDS_NOTHING},
    {"it undoes what it has done", check_undo, CHECK_NEEDS_UNDO},
    {"it answers a second undo as the first", check_undo_twice, CHECK_NEEDS_UNDO},
    {"it does nothing for a do that comes after its undo", check_late_do, CHECK_NEEDS_UNDO},
    {"it fences a do whose undo came first", check_undo_first, CHECK_NEEDS_UNDO},
    {"it leaves other sagas alone when it undoes one", check_other_saga, CHECK_NEEDS_UNDO},
    {"it answers a fence of what never happened with REJECTED", check_fence_first,
     CHECK_NEEDS_NOTHING},
    {"it answers a fence of what was done with what was answered", check_fence_late,
     CHECK_NEEDS_NOTHING},
    {"it sends a result again until that is acknowledged", check_resending, CHECK_NEEDS_NOTHING},
    {"it does not send again what was acknowledged", check_acknowledged, CHECK_NEEDS_NOTHING},
    {"it connects again, and its results outlive the connection", check_cut, CHECK_NEEDS_NOTHING},
    {"it remembers across a break", check_break, CHECK_NEEDS_NOTHING},
    {"it keeps its promises in every random story", check_stories, CHECK_NEEDS_NOTHING},
    {"it waits when the server is overloaded", check_overloaded, CHECK_NEEDS_NOTHING},
    {"it waits between attempts to connect", check_knocking, CHECK_NEEDS_NOTHING},
    {"it sends nothing that breaks the protocol", check_well_formed, CHECK_NEEDS_NOTHING},
    {"it does not hurry with a credential that is refused", check_unauthenticated,
     CHECK_NEEDS_NOTHING},
    {NULL, NULL, CHECK_NEEDS_NOTHING},
};

struct tally {
    unsigned ok, failed, skipped;
};

static void make(const struct check *check, struct bench *bench, struct tally *tally)
{
    if (check->need == CHECK_NEEDS_UNDO && bench->options->undo == NULL) {
        printf("skipped %s: no --undo is given\n", check->sentence);
        tally->skipped++;
    } else if (check->run(bench)) {
        printf("ok      %s\n", check->sentence);
        tally->ok++;
    } else {
        printf("FAILED  %s: %s\n", check->sentence, bench->why);
        tally->failed++;
    }
    fflush(stdout);
}

/* Nothing can be said about a participant that is not there, or any more. */
static bool is_hopeless(struct bench *bench, const struct check *check, const struct tally *tally)
{
    if (check == checks)
        return tally->failed > 0;
    return check[1].sentence != NULL && subject_has_ended(&bench->subject);
}

static struct tally make_all(struct bench *bench)
{
    struct tally tally = {0};
    const struct check *check = checks;

    do
        make(check, bench, &tally);
    while (!is_hopeless(bench, check, &tally) && (++check)->sentence != NULL);
    if (check->sentence != NULL) {
        printf("FAILED  it is there until the end: what comes after that could not be checked\n");
        tally.failed++;
    }
    printf("%u ok, %u failed, %u skipped (seed %llu)\n", tally.ok, tally.failed, tally.skipped,
           (unsigned long long)bench->options->seed);
    return tally;
}

static int conform(const struct options *options)
{
    static struct bench bench;

    bench.options = options;
    bench.chance = options->seed;
    bench.subject = (struct subject){.command = options->run, .effects = options->effects};
    int r = desk_open(options, &bench.desk);
    if (r < 0) {
        fprintf(stderr, "saga-conformance: cannot listen at %s: %s\n", options->url, fault_name(r));
        return EXIT_FAILED;
    }
    const char *url = host_url(bench.desk.host);
    fprintf(stderr, "listening at %s\n", url);
    if (options->run != NULL && subject_start(&bench.subject, url) < 0) {
        fputs("saga-conformance: the participant cannot be started\n", stderr);
        desk_close(&bench.desk);
        return EXIT_FAILED;
    }
    struct tally tally = make_all(&bench);
    subject_kill(&bench.subject);
    desk_close(&bench.desk);
    return tally.failed > 0 ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
    struct options options;
    char problem[OPTIONS_PROBLEM_SIZE];

    signal(SIGPIPE, SIG_IGN);
    if (options_read(argc, argv, &options, problem) != 0) {
        fprintf(stderr, "saga-conformance: %s (try --help)\n", problem);
        return EXIT_USAGE;
    }
    int code = EXIT_OK;
    if (options.help)
        fputs(options_usage, stdout);
    else
        code = conform(&options);
    options_fini(&options);
    return code;
}
