#include "messaging/consumer.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define RATE_MAX 100000
#define BATCH_MAX 200u
#define AWAY_PAUSE_MS 200 /* Between attempts while messaging is away. */
#define IDLE_PAUSE_MS 50  /* While nothing waits. */
#define RATE_PAUSE_MS 10  /* While nothing is allowed. */

struct consumer {
    const struct service *service;
    const char *dir;
    struct allowance allowance;
    json_t *finished; /* SIDs to say done, kept until messaging has heard it. */
    bool away;
    uint64_t count;
};

static volatile sig_atomic_t stopped;

/* What is left unsaid is given to somebody else when its lease is over. */
static void give_up(int number)
{
    (void)number;
    _exit(SERVICE_OK);
}

/* A messaging that hangs in the middle of an answer is not waited for. */
static void stop_on_signal(int number)
{
    (void)number;
    stopped = 1;
    alarm(1);
}

void allowance_init(struct allowance *allowance, uint32_t per_second, uint64_t now_ms)
{
    assert(per_second > 0);

    *allowance = (struct allowance){.per_ms = per_second / 1000.0, .at_ms = now_ms};
    allowance->most = per_second / 5.0 < 1 ? 1 : per_second / 5.0;
}

uint32_t allowance_at(struct allowance *allowance, uint64_t now_ms)
{
    assert(now_ms >= allowance->at_ms);

    allowance->now += allowance->per_ms * (double)(now_ms - allowance->at_ms);
    allowance->at_ms = now_ms;
    if (allowance->now > allowance->most)
        allowance->now = allowance->most;
    return (uint32_t)allowance->now;
}

void allowance_use(struct allowance *allowance, uint32_t count)
{
    assert((double)count <= allowance->now);

    allowance->now -= count;
}

/* Ask messaging; while it is away, say so once. */
static bool ask(struct consumer *consumer, json_t *takes_question, json_t **ret_answer)
{
    char problem[PROBLEM_SIZE];
    enum service_exit code =
        service_ask_quietly(consumer->service, consumer->dir, SERVICE_RUNNING_ONLY, takes_question,
                            ret_answer, problem);
    bool away = code != SERVICE_OK;

    if (away && !consumer->away)
        log_line(LOG_WARNING, "consumer: %s; trying again", problem);
    if (!away && consumer->away)
        log_line(LOG_INFO, "consumer: messaging is back");
    consumer->away = away;
    return !away;
}

/* Say done for what is finished. False when messaging did not hear it. */
static bool say_done(struct consumer *consumer)
{
    json_t *answer = NULL;

    if (json_array_size(consumer->finished) == 0)
        return true;
    if (!ask(consumer, json_pack("{s:s, s:O}", "ask", "done", "sids", consumer->finished), &answer))
        return false;
    consumer->count += json_array_size(consumer->finished);
    json_array_clear(consumer->finished);
    json_decref(answer);
    return true;
}

/* Take at most @count. Delivering is where a carrier would be; here it succeeds at once. */
static bool take(struct consumer *consumer, uint32_t count)
{
    const json_t *message;
    json_t *answer = NULL;
    size_t i;

    if (!ask(consumer, json_pack("{s:s, s:i}", "ask", "take", "count", (int)count), &answer))
        return false;
    json_array_foreach(json_object_get(answer, "messages"), i, message)
        json_array_append(consumer->finished, json_object_get(message, "sid"));
    json_decref(answer);
    return true;
}

/* One round; returns how long to wait before the next, in ms. */
static int consume(struct consumer *consumer)
{
    if (!say_done(consumer))
        return AWAY_PAUSE_MS;
    uint32_t allowed = allowance_at(&consumer->allowance, instant_now().monotonic_ms);
    if (allowed == 0)
        return RATE_PAUSE_MS;
    if (!take(consumer, allowed < BATCH_MAX ? allowed : BATCH_MAX))
        return AWAY_PAUSE_MS;
    uint32_t taken = (uint32_t)json_array_size(consumer->finished);
    allowance_use(&consumer->allowance, taken);
    if (taken == 0)
        return IDLE_PAUSE_MS;
    return say_done(consumer) ? 0 : AWAY_PAUSE_MS;
}

static void run(struct consumer *consumer)
{
    struct sigaction action = {.sa_handler = stop_on_signal};

    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGALRM, give_up);
    signal(SIGPIPE, SIG_IGN);
    while (!stopped)
        poll(NULL, 0, consume(consumer));
    log_line(LOG_INFO, "consumer: stopped after %llu messages",
             (unsigned long long)consumer->count);
}

enum service_exit consumer_command(const struct service *service, const struct arguments *arguments)
{
    struct consumer consumer = {.service = service, .dir = arguments->dir};
    long long rate;

    if (arguments->rate == NULL || !arguments_number(arguments->rate, "/s", 1, RATE_MAX, &rate))
        return service_complain(service, SERVICE_USAGE, "--rate is 1/s to 100000/s");
    if (arguments->rest_count > 0)
        return service_complain(service, SERVICE_USAGE, "consume takes options only");
    consumer.finished = json_array();
    if (consumer.finished == NULL)
        return service_complain(service, SERVICE_FAILED, "out of memory");
    allowance_init(&consumer.allowance, (uint32_t)rate, instant_now().monotonic_ms);
    run(&consumer);
    json_decref(consumer.finished);
    return SERVICE_OK;
}
