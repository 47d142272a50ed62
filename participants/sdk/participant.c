/*
 * A participant: what it is called, what it can do, and whose database it works in.
 */
#include "base/fault.h"
#include "worker.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

/* Why the last participant_open of this thread failed, when there is nothing to ask yet. */
static _Thread_local char open_error[256];

void worker_explain(struct participant *participant, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(participant->error, sizeof participant->error, format, arguments);
    va_end(arguments);
}

static int refuse_open(enum fault_code code, const char *why)
{
    snprintf(open_error, sizeof open_error, "%s", why);
    return fault(code);
}

static bool is_name(const char *name)
{
    return name != NULL && name[0] != '\0' && strlen(name) < SAGA_NAME_SIZE;
}

static bool is_url(const char *url)
{
    return url != NULL && strlen(url) < WORKER_URL_SIZE &&
           (strncmp(url, "ipc://", 6) == 0 || strncmp(url, "tcp://", 6) == 0);
}

static int check_options(const struct participant_options *options)
{
    if (!is_name(options->name))
        return refuse_open(FAULT_INPUT, "the name is missing or too long");
    if (!is_url(options->url))
        return refuse_open(FAULT_INPUT, "the url is neither ipc:// nor tcp://, or too long");
    if (options->secret_size > WIRE_CREDENTIAL_MAX)
        return refuse_open(FAULT_INPUT, "the secret is too long");
    if (options->polls > LINK_POLLS_MAX)
        return refuse_open(FAULT_INPUT, "more than 16 polls");
    return 0;
}

/* Within the bounds that the constants give. */
static uint32_t slots_of(const struct participant_options *options)
{
    if (options->slots == 0)
        return WORKER_SLOTS;
    return options->slots < WORKER_KEPT_PER_POLL ? options->slots : WORKER_KEPT_PER_POLL;
}

static int open_parts(struct participant *participant, const struct participant_options *options)
{
    participant->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (participant->wake < 0)
        return refuse_open(FAULT_SYSTEM, "no event descriptor can be had");
    if (getrandom(&participant->number, sizeof participant->number, 0) < 0)
        return refuse_open(FAULT_SYSTEM, "no random number can be had");
    if (options->database == NULL)
        return 0;
    int r = guard_open(options->database, &participant->guard);
    if (r < 0)
        refuse_open(FAULT_IO, "the guard's table cannot be made in the database");
    return pass(r);
}

int participant_open(const struct participant_options *options, struct participant **ret)
{
    assert(options != NULL);
    int r = check_options(options);
    if (r < 0)
        return pass(r);
    struct participant *participant = calloc(1, sizeof *participant);
    if (participant == NULL)
        return refuse_open(FAULT_MEMORY, "memory is short");

    snprintf(participant->name, sizeof participant->name, "%s", options->name);
    snprintf(participant->url, sizeof participant->url, "%s", options->url);
    if (options->secret_size > 0)
        memcpy(participant->secret, options->secret, options->secret_size);
    participant->secret_size = options->secret_size;
    participant->slots = slots_of(options);
    participant->poll_count = options->polls > 0 ? options->polls : WORKER_POLLS;
    participant->context = options->context;
    participant->idle = options->idle;
    participant->wake = -1;
    r = open_parts(participant, options);
    if (r < 0) {
        participant_close(participant);
        return pass(r);
    }
    *ret = participant;
    return 0;
}

int participant_register(struct participant *participant, const char *operation,
                         participant_handler *run, const char *undo_operation,
                         participant_handler *undo)
{
    assert(run != NULL);
    assert((undo == NULL) == (undo_operation == NULL));
    if (!is_name(operation) || (undo_operation != NULL && !is_name(undo_operation))) {
        worker_explain(participant, "an operation's name is missing or too long");
        return fault(FAULT_INPUT);
    }
    if (participant->operation_count == PARTICIPANT_OPERATIONS_MAX) {
        worker_explain(participant, "more than %u operations", PARTICIPANT_OPERATIONS_MAX);
        return fault(FAULT_LIMIT);
    }

    struct operation *new = &participant->operations[participant->operation_count++];
    snprintf(new->name, sizeof new->name, "%s", operation);
    snprintf(new->undo_name, sizeof new->undo_name, "%s",
             undo_operation != NULL ? undo_operation : "");
    new->run = run;
    new->undo = undo;
    return 0;
}

bool participant_is_connected(const struct participant *participant)
{
    return atomic_load(&participant->connected);
}

const char *participant_error(const struct participant *participant)
{
    return participant != NULL ? participant->error : open_error;
}

struct participant *participant_close(struct participant *participant)
{
    if (participant == NULL)
        return NULL;
    assert(participant->link == NULL);
    results_fini(&participant->results);
    buffer_fini(&participant->body);
    guard_close(participant->guard);
    if (participant->wake >= 0)
        close(participant->wake);
    free(participant);
    return NULL;
}
