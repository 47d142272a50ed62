#include "gateway/actor.h"

#include "gateway/exchange.h"
#include "gateway/members.h"
#include "gateway/problem.h"

#include <stdio.h>

void actor_sign(const struct exchange *exchange, struct request *request)
{
    const struct operator *staff = exchange->caller.staff;

    text_copy(staff->name, sizeof(request->actor), request->actor);
    text_copy(staff->name, sizeof(request->credential), request->credential);
    text_copy(operator_role_name(staff->role), sizeof(request->role), request->role);
}

/* Whose key it was is always part of the actor; what the caller adds cannot hide it. */
bool actor_read(struct exchange *exchange, const json_t *body, struct request *request)
{
    const char *actor = members_text(body, "actor");

    actor_sign(exchange, request);
    int length = snprintf(request->actor, sizeof(request->actor), "%s%s%s", request->credential,
                          actor ? "/" : "", actor ? actor : "");
    snprintf(request->reason, sizeof(request->reason), "%s", members_text(body, "reason"));
    if (length >= 0 && (size_t)length < sizeof(request->actor))
        return true;
    problem_say_member(exchange, "actor", "%s", "The actor's name is too long.");
    return false;
}
