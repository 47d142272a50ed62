/*
 * Auditors: every now and then somebody looks at the list of what is stuck, as an operator's screen
 * does. What is parked must be on it at once, which is well within I-30's five seconds; and the
 * list itself must come within those.
 */
#include "simulation/world.h"

#include <assert.h>

#define AUDIT_LEAST_MS 200u
#define AUDIT_MOST_MS 1200u
#define ANSWER_MOST_MS 5000u

static void next_audit(struct world *world)
{
    agenda_add(&world->agenda,
               world->now_ms +
                   chance_between(&world->auditor.chance, AUDIT_LEAST_MS, AUDIT_MOST_MS),
               WHAT_AUDIT, 0, 0);
}

static void read_page(struct world *world, const struct page *page)
{
    uint32_t audit = ++world->auditor.audits;

    for (size_t i = 0; i < page->count; i++)
        oracle_listed(&world->oracle, audit, page->rows[i].id.number, page->rows[i].parked != 0);
    /* A list that goes on has its older sagas on the pages that follow. */
    oracle_list_ends(&world->oracle, audit, page->cursor);
}

static void shown(struct request *request, struct answer *answer)
{
    struct auditor *auditor = (struct auditor *)request;
    struct world *world = auditor->world;

    auditor->asked_ms = 0;
    if (!world->dead && answer->page != NULL)
        read_page(world, answer->page);
    page_free(answer->page);
}

void auditors_open(struct world *world)
{
    world->auditor = (struct auditor){
        .world = world, .chance = chance_of(world->options.seed, SUBJECT_AUDITOR)};
    if (world->options.script == NULL)
        next_audit(world);
}

void auditors_look(struct world *world)
{
    struct auditor *auditor = &world->auditor;

    next_audit(world);
    if (!world->running || world->dead)
        return;
    if (auditor->asked_ms != 0) {
        if (world->now_ms > auditor->asked_ms + ANSWER_MOST_MS)
            oracle_violated(&world->oracle, 30, "a list takes more than five seconds");
        return;
    }
    auditor->asked_ms = world->now_ms;
    auditor->request = (struct request){
        .type = REQUEST_LIST, .answer = shown, .only_stuck = true, .limit = INBOX_PAGE_MAX};
    inbox_ask(world->inbox, &auditor->request);
    world_wake(world);
}
