/*
 * GET /metrics: the server's counters in the text format of Prometheus.
 *
 * Names begin with saga_, counters end in _total, units are base units; labels are few and bounded
 * (phase, participant, verdict), and a saga's id is never one of them.
 */
#include "gateway/handlers.h"

#include "core/names.h"
#include "gateway/exchange.h"
#include "gateway/problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Growing text; once memory is short, nothing more is written and `failed` says so. */
struct writer {
    struct buffer text;
    bool failed;
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

static void write_head(struct writer *writer, const char *name, enum metric_type type,
                       const char *help)
{
    writer->failed |= buffer_print(&writer->text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                                   type == METRIC_COUNTER ? "counter" : "gauge") < 0;
}

static void write_sample(struct writer *writer, const char *name, uint64_t value)
{
    writer->failed |= buffer_print(&writer->text, "%s %" PRIu64 "\n", name, value) < 0;
}

static void write_labelled(struct writer *writer, const char *name, const char *label,
                           const char *word, uint64_t value)
{
    writer->failed |=
        buffer_print(&writer->text, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, word, value) < 0;
}

static void write_metric(struct writer *writer, const char *name, enum metric_type type,
                         const char *help, uint64_t value)
{
    write_head(writer, name, type, help);
    write_sample(writer, name, value);
}

static void write_sagas(struct writer *writer, const struct status *status)
{
    static const enum saga_phase ends[] = {SAGA_COMPLETED, SAGA_COMPENSATED, SAGA_TERMINATED};

    write_metric(writer, "saga_sagas_started_total", METRIC_COUNTER,
                 "Sagas that were started since the server started.", status->sagas_started);
    write_head(writer, "saga_sagas_finished_total", METRIC_COUNTER,
               "Sagas that ended since the server started, by how.");
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        write_labelled(writer, "saga_sagas_finished_total", "phase", saga_phase_name(ends[i]),
                       status->sagas_finished[ends[i]]);
    write_metric(writer, "saga_sagas_live", METRIC_GAUGE, "Sagas that have not ended.",
                 status->sagas_live);
    write_metric(writer, "saga_sagas_parked", METRIC_GAUGE,
                 "Sagas that are parked and wait for a person.", status->sagas_parked);
    write_metric(writer, "saga_sagas_stuck", METRIC_GAUGE,
                 "Sagas that are parked, overdue, blocked, or without progress for 5 s.",
                 status->sagas_stuck);
    write_metric(writer, "saga_submits_replayed_total", METRIC_COUNTER,
                 "Submits that repeated a key with the same request.", status->replays);
    write_metric(writer, "saga_submits_conflicting_total", METRIC_COUNTER,
                 "Submits that repeated a key with another request.", status->conflicts);
}

static void write_engine(struct writer *writer, const struct status *status)
{
    write_metric(writer, "saga_store_commits_total", METRIC_COUNTER, "Commits to the store.",
                 status->commits);
    write_metric(writer, "saga_store_full", METRIC_GAUGE, "1 while the store is full.",
                 status->store_full);
    write_metric(writer, "saga_events_total", METRIC_COUNTER, "Events appended to the journal.",
                 status->events);
    write_metric(writer, "saga_engine_turns_total", METRIC_COUNTER, "Turns of the engine.",
                 status->turns);
    write_metric(writer, "saga_lists_waiting", METRIC_GAUGE,
                 "Questions of lists that wait for their turn.", status->lists_waiting);
    write_metric(writer, "saga_lists_answered_total", METRIC_COUNTER,
                 "Questions of lists that were answered; a long page takes several.",
                 status->lists_served);
    write_metric(writer, "saga_lists_sagas_total", METRIC_COUNTER,
                 "Sagas that were looked at for lists.", status->lists_looked);
    write_metric(writer, "saga_lists_refused_total", METRIC_COUNTER,
                 "Questions of lists that were turned away because too many wait.",
                 status->lists_shed);
    write_metric(writer, "saga_stale_results_total", METRIC_COUNTER,
                 "Results that did not count: late, duplicate, or not from the owner.",
                 status->stale_results);
    write_metric(writer, "saga_refused_polls_total", METRIC_COUNTER,
                 "Polls of participants whose name or secret was wrong.", status->refused_polls);
    write_head(writer, "saga_uptime_seconds", METRIC_GAUGE, "Time since the server started.");
    writer->failed |=
        buffer_print(&writer->text, "saga_uptime_seconds %" PRIu64 ".%03u\n",
                     status->uptime_ms / 1000u, (unsigned)(status->uptime_ms % 1000u)) < 0;
}

static void write_transport(struct writer *writer, const struct transport_counters *counters)
{
    write_metric(writer, "saga_listener_relistens_total", METRIC_COUNTER,
                 "Times the participants' listener was found dead and opened again.",
                 counters->relistens);
    write_metric(writer, "saga_listener_connections", METRIC_GAUGE,
                 "Connections of participants and clients.", counters->pipes_open);
    write_metric(writer, "saga_listener_rejected_connections_total", METRIC_COUNTER,
                 "Connections that were one too many.", counters->too_many_pipes);
    write_metric(writer, "saga_listener_requests_total", METRIC_COUNTER,
                 "Requests of participants and clients.", counters->requests);
    write_metric(writer, "saga_listener_replies_total", METRIC_COUNTER,
                 "Replies to participants and clients.", counters->replies);
    write_metric(writer, "saga_listener_malformed_total", METRIC_COUNTER,
                 "Requests that made no sense.", counters->malformed);
}

static void write_per_participant(struct writer *writer, const struct status *status,
                                  const char *name, enum metric_type type, const char *help,
                                  uint64_t (*value)(const struct status_participant *))
{
    write_head(writer, name, type, help);
    for (size_t i = 0; i < status->participant_count; i++)
        write_labelled(writer, name, "participant", status->participants[i].name,
                       value(&status->participants[i]));
}

static uint64_t workers_of(const struct status_participant *participant)
{
    return participant->workers;
}

static uint64_t queued_of(const struct status_participant *participant)
{
    return participant->queued;
}

static uint64_t out_of(const struct status_participant *participant)
{
    return participant->out;
}

static uint64_t calls_of(const struct status_participant *participant)
{
    return participant->calls;
}

static uint64_t unanswered_of(const struct status_participant *participant)
{
    return participant->unanswered;
}

static void write_results(struct writer *writer, const struct status *status)
{
    static const char name[] = "saga_participant_results_total";

    write_head(writer, name, METRIC_COUNTER, "Results of a participant, by verdict.");
    for (size_t i = 0; i < status->participant_count; i++) {
        for (unsigned verdict = 0; verdict < SAGA_VERDICT_COUNT; verdict++)
            writer->failed |=
                buffer_print(&writer->text, "%s{participant=\"%s\",verdict=\"%s\"} %" PRIu64 "\n",
                             name, status->participants[i].name,
                             saga_verdict_name((enum saga_verdict)verdict),
                             status->participants[i].results[verdict]) < 0;
    }
}

static void write_participants(struct writer *writer, const struct status *status)
{
    if (status->participant_count == 0)
        return;
    write_per_participant(writer, status, "saga_participant_workers", METRIC_GAUGE,
                          "Workers of a participant that are connected.", workers_of);
    write_per_participant(writer, status, "saga_participant_queued_calls", METRIC_GAUGE,
                          "Calls that wait for a worker to take them.", queued_of);
    write_per_participant(writer, status, "saga_participant_calls_out", METRIC_GAUGE,
                          "Calls that a worker has taken and not answered.", out_of);
    write_per_participant(writer, status, "saga_participant_calls_total", METRIC_COUNTER,
                          "Calls that workers have taken.", calls_of);
    write_per_participant(writer, status, "saga_participant_unanswered_total", METRIC_COUNTER,
                          "Calls that nobody answered in time.", unanswered_of);
    write_results(writer, status);
}

static void metrics_answered(struct exchange *exchange)
{
    const struct desk_reply *reply = &exchange->reply_of_desk;
    struct writer writer = {0};

    if (!reply->came || reply->status != ANSWER_OK || !reply->status_report) {
        problem_from_answer(exchange, reply);
        return;
    }
    write_sagas(&writer, reply->status_report);
    write_engine(&writer, reply->status_report);
    write_transport(&writer, &reply->status_report->transport);
    write_participants(&writer, reply->status_report);
    if (writer.failed) {
        buffer_fini(&writer.text);
        problem_say(exchange, PROBLEM_INTERNAL, "There is no memory for the reply.");
        return;
    }
    exchange_reply(exchange, 200, METRICS_TYPE, (char *)writer.text.data, writer.text.size);
}

void show_metrics(struct exchange *exchange)
{
    exchange_ask(exchange, ask_new(REQUEST_STATUS), metrics_answered,
                 exchange->service->options.answer_grace_ms);
}
