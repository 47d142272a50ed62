#include "gateway/actor.h"

#include "gateway/exchange.h"
#include "gateway/members.h"
#include "gateway/problem.h"

#include <stdio.h>

/* Whose key it was is always part of the actor; what the caller adds cannot hide it. */
bool actor_read(struct exchange *exchange, const json_t *body, struct request *request)
{
    const char *actor = members_text(body, "actor");
    const struct operator *staff = exchange->caller.staff;
    int length = snprintf(request->actor, sizeof(request->actor), "%s%s%s", staff->name,
                          actor ? "/" : "", actor ? actor : "");

    snprintf(request->credential, sizeof(request->credential), "%s", staff->name);
    snprintf(request->role, sizeof(request->role), "%s", operator_role_name(staff->role));
    snprintf(request->reason, sizeof(request->reason), "%s", members_text(body, "reason"));
    if (length >= 0 && (size_t)length < sizeof(request->actor))
        return true;
    problem_say_member(exchange, "actor", "%s", "The actor's name is too long.");
    return false;
}
