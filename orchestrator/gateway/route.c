#include "gateway/route.h"

#include "gateway/handlers.h"

#include <string.h>

#define MESSAGES_PREFIX "/2010-04-01/"

static const struct route routes[] = {
    {METHOD_POST, "/2010-04-01/Accounts/*/Messages.json", FACE_MESSAGES, ACCESS_ACCOUNT,
     messages_create},
    {METHOD_GET, "/2010-04-01/Accounts/*/Messages.json", FACE_MESSAGES, ACCESS_ACCOUNT,
     messages_list},
    {METHOD_GET, "/2010-04-01/Accounts/*/Messages/*.json", FACE_MESSAGES, ACCESS_ACCOUNT,
     messages_fetch},
    {METHOD_GET, "/2010-04-01/Accounts/*/Messages/*/Media.json", FACE_MESSAGES, ACCESS_ACCOUNT,
     messages_media},
    {METHOD_POST, "/v1/sagas", FACE_NATIVE, ACCESS_SUBMIT, submit_saga},
    {METHOD_GET, "/v1/sagas", FACE_NATIVE, ACCESS_SURVEY, list_sagas},
    {METHOD_GET, "/v1/sagas/*", FACE_NATIVE, ACCESS_LOOK, show_saga},
    {METHOD_GET, "/v1/sagas/*/events", FACE_NATIVE, ACCESS_LOOK, show_events},
    {METHOD_GET, "/v1/sagas/*/why", FACE_NATIVE, ACCESS_LOOK, show_why},
    {METHOD_POST, "/v1/sagas/*/actions", FACE_NATIVE, ACCESS_ACT, act_on_saga},
    {METHOD_POST, "/v1/definitions/lint", FACE_NATIVE, ACCESS_OPERATOR, lint_definition},
    {METHOD_POST, "/v1/sagas/*/rerun", FACE_NATIVE, ACCESS_ACT, rerun_saga},
    {METHOD_GET, "/v1/definitions", FACE_NATIVE, ACCESS_OPERATOR, list_definitions},
    {METHOD_GET, "/v1/definitions/*", FACE_NATIVE, ACCESS_OPERATOR, show_definition},
    {METHOD_GET, "/v1/participants", FACE_NATIVE, ACCESS_OPERATOR, list_participants},
    {METHOD_GET, "/v1/participants/*", FACE_NATIVE, ACCESS_OPERATOR, show_participant},
    {METHOD_GET, "/v1/audit", FACE_NATIVE, ACCESS_AUDIT, list_audit},
    {METHOD_GET, "/v1/audit/verify", FACE_NATIVE, ACCESS_AUDIT, verify_audit},
    {METHOD_GET, "/v1/status", FACE_NATIVE, ACCESS_OPERATOR, show_status},
    {METHOD_GET, "/v1/openapi.json", FACE_NATIVE, ACCESS_OPEN, show_openapi},
    {METHOD_POST, "/v1/server/backups", FACE_NATIVE, ACCESS_ADMIN, begin_backup},
    {METHOD_GET, "/v1/server/backups/*", FACE_NATIVE, ACCESS_ADMIN, show_backup},
    {METHOD_POST, "/v1/server/backups/*/stop", FACE_NATIVE, ACCESS_ADMIN, stop_backup},
    {METHOD_GET, "/v1/server/config", FACE_NATIVE, ACCESS_ACT, show_config},
    {METHOD_POST, "/v1/server/verify", FACE_NATIVE, ACCESS_ACT, begin_verify},
    {METHOD_GET, "/v1/server/verify", FACE_NATIVE, ACCESS_ACT, show_verify},
    {METHOD_POST, "/v1/server/verify/stop", FACE_NATIVE, ACCESS_ACT, stop_verify},
    {METHOD_GET, "/livez", FACE_NATIVE, ACCESS_OPEN, show_livez},
    {METHOD_GET, "/readyz", FACE_NATIVE, ACCESS_OPEN, show_readyz},
    {METHOD_GET, "/version", FACE_NATIVE, ACCESS_OPEN, show_version},
    {METHOD_GET, "/metrics", FACE_NATIVE, ACCESS_OPEN, show_metrics},
    {METHOD_GET, "/docs/errors", FACE_NATIVE, ACCESS_OPEN, show_errors},
    {METHOD_GET, "/docs/errors/*", FACE_NATIVE, ACCESS_OPEN, show_error},
};

/* The length of the segment that starts at @text. */
static size_t segment_length(const char *text)
{
    return strcspn(text, "/");
}

/* The pattern stands at '*': take one segment of the path but for the pattern's suffix. */
static bool match_star(const char **pattern, const char **path, char *parameter)
{
    const char *suffix = *pattern + 1;
    size_t suffix_length = segment_length(suffix);
    size_t length = segment_length(*path);
    if (length <= suffix_length)
        return false;
    size_t taken = length - suffix_length;
    if (memcmp(*path + taken, suffix, suffix_length) != 0 || taken >= ROUTE_PARAMETER_SIZE)
        return false;
    memcpy(parameter, *path, taken);
    parameter[taken] = '\0';
    *pattern = suffix + suffix_length;
    *path += length;
    return true;
}

static bool match_pattern(const char *pattern, const char *path,
                          char parameters[][ROUTE_PARAMETER_SIZE])
{
    size_t count = 0;
    while (*pattern != '\0') {
        if (*pattern == '*') {
            if (!match_star(&pattern, &path, parameters[count++]))
                return false;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

struct route_match route_find(enum method method, const char *path)
{
    struct route_match match = {.face = FACE_NATIVE};
    char parameters[ROUTE_PARAMETERS_MAX][ROUTE_PARAMETER_SIZE] = {{0}};

    if (strncmp(path, MESSAGES_PREFIX, strlen(MESSAGES_PREFIX)) == 0)
        match.face = FACE_MESSAGES;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (!match_pattern(routes[i].pattern, path, parameters))
            continue;
        match.path_known = true;
        match.allows_get |= routes[i].method == METHOD_GET;
        match.allows_post |= routes[i].method == METHOD_POST;
        if (routes[i].method == method) {
            match.route = &routes[i];
            memcpy(match.parameters, parameters, sizeof(parameters));
        }
    }
    return match;
}
