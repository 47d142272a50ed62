/* sagactl def simulate: every saga that a definition and a few faults can make. */
#include "ctl/simulate.h"

#include "base/bytes.h"
#include "catalog/catalog.h"
#include "core/names.h"
#include "ctl/age.h"
#include "ctl/command.h"
#include "ctl/lint.h"
#include "ctl/table.h"
#include "ctl/view.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULTS_DEFAULT 2u
#define STATES_SIZE 160u

struct simulation {
    const struct call *call;
    uint32_t faults;
    const struct definition *definition;
    char version[17];
    struct explore_report report;
};

static void show_progress(void *context, uint64_t runs)
{
    const struct simulation *simulation = context;

    if (isatty(STDERR_FILENO) == 1)
        fprintf(stderr, "\r\033[K%s: %llu runs", simulation->definition->name,
                (unsigned long long)runs);
}

static void end_progress(void)
{
    if (isatty(STDERR_FILENO) == 1)
        fputs("\r\033[K", stderr);
}

/* ---- a table of ends, and one of states ---- */

static uint64_t parked_runs(const struct explore_report *report)
{
    uint64_t runs = 0;

    for (unsigned i = 0; i < SAGA_PARK_COUNT; i++)
        runs += report->parked[i];
    return runs;
}

static uint64_t longest_of(const struct explore_report *report)
{
    uint64_t longest_ms = 0;

    for (unsigned i = 0; i < SAGA_PARK_COUNT; i++) {
        if (report->worst_parked_ms[i] > longest_ms)
            longest_ms = report->worst_parked_ms[i];
    }
    for (unsigned i = 0; i < SAGA_PHASE_COUNT; i++) {
        if (report->worst_ms[i] > longest_ms)
            longest_ms = report->worst_ms[i];
    }
    return longest_ms;
}

static void add_end(struct table *table, const char *name, uint64_t runs, uint64_t worst_ms)
{
    char number[24], longest[AGE_SIZE];

    snprintf(number, sizeof number, "%llu", (unsigned long long)runs);
    age_offset(worst_ms, longest);
    table_cell(table, name);
    table_cell(table, number);
    table_cell(table, runs > 0 ? longest : "-");
}

static void print_ends(const struct explore_report *report, FILE *out)
{
    static const char *const titles[] = {"END", "RUNS", "LONGEST"};
    struct table table;

    table_begin(&table, titles, 3);
    add_end(&table, "completed", report->phases[SAGA_COMPLETED], report->worst_ms[SAGA_COMPLETED]);
    add_end(&table, "compensated", report->phases[SAGA_COMPENSATED],
            report->worst_ms[SAGA_COMPENSATED]);
    for (unsigned i = 1; i < SAGA_PARK_COUNT; i++) {
        char name[64];
        if (report->parked[i] == 0)
            continue;
        snprintf(name, sizeof name, "parked: %s",
                 saga_park_reason_name((enum saga_park_reason)i));
        add_end(&table, name, report->parked[i], report->worst_parked_ms[i]);
    }
    table_print(&table, "  ", out);
    table_fini(&table);
}

static void print_states(const struct simulation *simulation, FILE *out)
{
    static const char *const titles[] = {"STEP", "STATES OF ITS DO", "OF ITS UNDO"};
    const struct explore_report *report = &simulation->report;
    struct table table;

    table_begin(&table, titles, 3);
    for (uint32_t i = 0; i < simulation->definition->step_count; i++) {
        char text[STATES_SIZE];
        table_cell(&table, simulation->definition->steps[i].name);
        simulate_do_states(report->do_states[i], text, sizeof text);
        table_cell(&table, text);
        simulate_undo_states(report->undo_states[i], text, sizeof text);
        table_cell(&table, text[0] != '\0' ? text : "-");
    }
    table_print(&table, "  ", out);
    table_fini(&table);
}

static void print_report(const struct simulation *simulation, FILE *out)
{
    const struct explore_report *report = &simulation->report;
    const struct explore_end *end = &report->end;

    fprintf(out, "%s %s: %llu runs, with at most %u faults each\n", simulation->definition->name,
            simulation->version, (unsigned long long)report->runs, simulation->faults);
    if (end->flaw != EXPLORE_SOUND) {
        fprintf(out, "WRONG: %s%s%s%s\n", explore_flaw_text(end->flaw),
                end->step != DEFINITION_NO_STEP ? " (" : "",
                end->step != DEFINITION_NO_STEP ? simulation->definition->steps[end->step].name
                                                : "",
                end->step != DEFINITION_NO_STEP ? ")" : "");
        simulate_tell(simulation->definition, &report->wrong, out);
        return;
    }
    print_ends(report, out);
    print_states(simulation, out);
    fputs("ok: each ends done, undone or parked, and no effect is missing or left\n"
          "the longest run:\n",
          out);
    simulate_tell(simulation->definition, &report->worst, out);
}

/* ---- the same as JSON ---- */

static char *story_of(const struct simulation *simulation, const struct explore_run *run)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        abort();
    simulate_tell(simulation->definition, run, out);
    fclose(out);
    return text;
}

static json_t *report_json(const struct simulation *simulation)
{
    const struct explore_report *report = &simulation->report;
    bool sound = report->end.flaw == EXPLORE_SOUND;
    char *story = story_of(simulation, sound ? &report->worst : &report->wrong);
    json_t *json = json_pack(
        "{s:s, s:s, s:b, s:I, s:i, s:s?, s:I, s:I, s:I, s:I, s:s}", "definition",
        simulation->definition->name, "version", simulation->version, "ok", sound, "runs",
        (json_int_t)report->runs, "faults", (int)simulation->faults, "flaw",
        sound ? NULL : explore_flaw_text(report->end.flaw), "completed",
        (json_int_t)report->phases[SAGA_COMPLETED], "compensated",
        (json_int_t)report->phases[SAGA_COMPENSATED], "parked", (json_int_t)parked_runs(report),
        "longest_ms", (json_int_t)longest_of(report), sound ? "longest" : "path", story);

    free(story);
    return json;
}

static void print_simulation(const struct simulation *simulation, json_t *results)
{
    const struct call *call = simulation->call;

    switch (call->format) {
    case FORMAT_TABLE:
    case FORMAT_WIDE:
    case FORMAT_CSV:
        print_report(simulation, call->out);
        break;
    case FORMAT_NAME:
        if (simulation->report.end.flaw == EXPLORE_SOUND)
            fprintf(call->out, "%s\n", simulation->definition->name);
        break;
    case FORMAT_JSON:
        json_array_append_new(results, report_json(simulation));
        break;
    case FORMAT_JSONL: {
        json_t *json = report_json(simulation);
        view_json(call, json);
        json_decref(json);
        break;
    }
    }
}

/* ---- one file ---- */

static enum exit_code simulate_file(struct simulation *simulation, struct catalog *catalog,
                                    const char *path, json_t *results)
{
    simulation->definition = lint_file(catalog, path);
    if (simulation->definition == NULL)
        return EXIT_CODE_FAILED;
    hex_encode(simulation->definition->hash, 8, simulation->version);
    if (explore(simulation->definition, simulation->faults, show_progress, simulation,
                &simulation->report) < 0)
        abort();
    end_progress();
    print_simulation(simulation, results);
    return simulation->report.end.flaw == EXPLORE_SOUND ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

enum exit_code simulate_run(const struct call *call)
{
    struct simulation simulation = {.call = call, .faults = FAULTS_DEFAULT};
    const char *faults = call->options[OPTION_FAULTS];
    enum exit_code code = EXIT_CODE_OK;

    if (faults != NULL && !arguments_number(faults, EXPLORE_FAULTS_MAX, &simulation.faults))
        return command_misuse(call, "--faults takes a number from 1 to %u", EXPLORE_FAULTS_MAX);
    json_t *results = json_array();
    if (results == NULL || sodium_init() < 0)
        return EXIT_CODE_FAILED;
    for (size_t i = 0; i < call->word_count; i++) {
        struct catalog *catalog;
        if (catalog_open(&catalog) < 0)
            abort();
        if (simulate_file(&simulation, catalog, call->words[i], results) != EXIT_CODE_OK)
            code = EXIT_CODE_FAILED;
        catalog_close(catalog);
    }
    if (call->format == FORMAT_JSON)
        view_json(call, results);
    json_decref(results);
    return code;
}
