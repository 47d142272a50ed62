/*
 * The commands of sagactl: one table, from which the help is made.
 *
 *   argv ──▶ arguments ──▶ command_find ──▶ check of words and options ──▶ run ──▶ exit code
 *
 * A command prints data on stdout and everything else on stderr.
 */
#ifndef ORCHESTRATOR_CTL_COMMAND_H
#define ORCHESTRATOR_CTL_COMMAND_H

#include "ctl/arguments.h"
#include "ctl/exit_code.h"
#include "ctl/server.h"

#include <jansson.h>
#include <stdio.h>

/* What a command prints, and so what --output takes. */
enum output {
    OUTPUT_OBJECT,     /* table, json, jsonl, name */
    OUTPUT_ROWS,       /* wide and csv too */
    OUTPUT_DEFINITION, /* yaml too */
    OUTPUT_DRAWING,    /* text, dot, svg */
    OUTPUT_FILE,       /* a file's name */
    OUTPUT_TEXT,       /* One text for one purpose; there is no choice. */
};

/* Those above, as far as they are data; others are the command's to look for in its options. */
enum format { FORMAT_TABLE, FORMAT_WIDE, FORMAT_CSV, FORMAT_JSON, FORMAT_JSONL, FORMAT_NAME };

/* What a command is given. Everything is borrowed for the run. */
struct call {
    const struct command *command;
    const char *const *words; /* After the command's own; word_count of them. */
    size_t word_count;
    const char *const *options; /* By enum option; NULL where not given. */
    enum format format;
    struct server *server;
    FILE *out;
};

struct command {
    const char *name;      /* "list", "def lint" */
    const char *words;     /* "ID STEP", for help. */
    size_t words_min;
    size_t words_max;
    uint32_t options; /* Mask of what it takes beyond what all do. */
    enum output output;
    const char *text;      /* One line of help. */
    enum exit_code (*run)(const struct call *call);
};

/* The command that the first words name, and how many words that took; NULL when none. */
const struct command *command_find(const struct arguments *arguments, size_t *ret_taken);

/* The commands in the order of their help; NULL after the last. */
const struct command *command_at(size_t index);

/* Mask of all the options that it takes. */
uint32_t command_options(const struct command *command);

/* The words that --output takes, separated by blanks; "" when it takes none of a few. */
const char *command_formats(const struct command *command);

/* What an option takes for this command, NULL for nothing; and what it means for it. */
#define COMMAND_TEXT_SIZE 96u
const char *command_value(const struct command *command, enum option option);
void command_text(const struct command *command, enum option option,
                  char ret_text[COMMAND_TEXT_SIZE]);

/* All commands, or one in full. */
void command_help(const struct command *command, FILE *out);

/* A sentence and the hint at --help, on stderr. Returns EXIT_CODE_USAGE. */
enum exit_code command_misuse(const struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- the commands, by file ---- */
enum exit_code start_run(const struct call *call);    /* start.c */
enum exit_code rerun_run(const struct call *call);    /* start.c */
enum exit_code list_run(const struct call *call);     /* list.c */
enum exit_code show_run(const struct call *call);     /* show.c */
enum exit_code why_run(const struct call *call);      /* show.c */
enum exit_code trace_run(const struct call *call);    /* trace.c */
enum exit_code action_run(const struct call *call);   /* action.c */
enum exit_code export_run(const struct call *call);   /* export.c */
enum exit_code batch_run(const struct call *call);    /* batch.c */
enum exit_code lint_run(const struct call *call);     /* lint.c */
enum exit_code simulate_run(const struct call *call); /* simulate.c */
enum exit_code definition_list_run(const struct call *call);  /* definition.c */
enum exit_code definition_show_run(const struct call *call);  /* definition.c */
enum exit_code definition_graph_run(const struct call *call); /* draw.c */
enum exit_code graph_run(const struct call *call);            /* draw.c */
enum exit_code participant_list_run(const struct call *call); /* participant.c */
enum exit_code participant_show_run(const struct call *call); /* participant.c */
enum exit_code server_status_run(const struct call *call);    /* participant.c */
enum exit_code server_config_run(const struct call *call);    /* participant.c */
enum exit_code audit_list_run(const struct call *call);   /* audit.c */
enum exit_code audit_verify_run(const struct call *call); /* audit_verify.c */
enum exit_code backup_run(const struct call *call);   /* backup.c */
enum exit_code verify_run(const struct call *call);   /* verify.c */
enum exit_code health_run(const struct call *call);   /* health.c */
enum exit_code version_run(const struct call *call);  /* health.c */
enum exit_code completion_run(const struct call *call); /* completion.c */
enum exit_code manual_run(const struct call *call);     /* manual.c */

#endif
