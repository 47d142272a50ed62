#include "config/config_endpoint.h"

#include "base/fault.h"
#include "catalog/reader.h"
#include "config/config_path.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define REFUSED 1
#define SECRET_BYTES ((EGRESS_SECRET_SIZE - 1) / 2)

static_assert(EGRESS_PATH_SIZE == CONFIG_PATH_SIZE, "a path of the file is a path of the endpoint");

static const char *const endpoint_keys[] = {"name",    "url",     "limit", "authorization_file",
                                            "ca_file", "trusted_network"};

bool config_endpoint_is(const struct yaml_node *entry)
{
    return entry->kind == YAML_NODE_MAPPING && yaml_node_find(entry, "url") != NULL;
}

static bool read_url(struct report *report, const struct yaml_node *entry,
                     struct egress_endpoint *endpoint)
{
    const struct yaml_node *node = yaml_node_find(entry, "url");
    const struct yaml_node *trust = yaml_node_find(entry, "trusted_network");
    bool trusted = false;

    if (!reader_text(report, node, "url", sizeof(endpoint->url), endpoint->url) ||
        (trust != NULL && !reader_bool(report, trust, "trusted_network", &trusted)))
        return false;
    if (!egress_url_valid(endpoint->url)) {
        reader_problem(report, node,
                       "url must be http:// or https:// with a host, perhaps a port and a path, "
                       "but without a user, a query or a slash at its end");
        return false;
    }
    if (!egress_url_is_private(endpoint->url) && !trusted) {
        reader_problem(report, node,
                       "%s is not loopback, and calls would cross the network in the clear: use "
                       "https, or say trusted_network: true",
                       endpoint->url);
        return false;
    }
    return true;
}

static bool read_limit(struct report *report, const struct yaml_node *entry,
                       struct egress_endpoint *endpoint)
{
    const struct yaml_node *node = yaml_node_find(entry, "limit");
    uint64_t limit = EGRESS_LIMIT_DEFAULT;

    if (node != NULL && !reader_number(report, node, "limit", 1, EGRESS_LIMIT_MAX, &limit))
        return false;
    endpoint->limit = (uint32_t)limit;
    return true;
}

/* It is looked at now, since curl would look only when the first saga needs it. */
static bool read_ca_file(struct report *report, const struct yaml_node *entry,
                         struct egress_endpoint *endpoint)
{
    const struct yaml_node *node = yaml_node_find(entry, "ca_file");

    if (node == NULL)
        return true;
    if (!config_path_read(report, node, "ca_file", endpoint->ca_file))
        return false;
    if (access(endpoint->ca_file, R_OK) == 0)
        return true;
    reader_problem(report, node, "%s: %s", endpoint->ca_file, strerror(errno));
    return false;
}

/* One line; what follows is not looked at. False with the reason in errno, 0 when it is empty. */
static bool read_line(const char *path, char *line, int size)
{
    FILE *file = fopen(path, "re");

    if (file == NULL)
        return false;
    errno = 0;
    bool read = fgets(line, size, file) != NULL;
    fclose(file);
    if (read)
        line[strcspn(line, "\r\n")] = '\0';
    return read;
}

static bool read_authorization(struct report *report, const struct yaml_node *entry,
                               struct egress_endpoint *endpoint)
{
    const struct yaml_node *node = yaml_node_find(entry, "authorization_file");
    char path[CONFIG_PATH_SIZE];

    if (node == NULL)
        return true;
    if (!config_path_read(report, node, "authorization_file", path))
        return false;
    bool read = read_line(path, endpoint->authorization, (int)sizeof(endpoint->authorization));
    if (read && egress_authorization_valid(endpoint->authorization))
        return true;
    reader_problem(report, node, "%s: %s", path,
                   read || errno == 0 ? "its first line is no value of an Authorization header, "
                                        "such as \"Bearer\" and a token"
                                      : strerror(errno));
    return false;
}

static bool read_endpoint(struct report *report, const struct yaml_node *entry,
                          struct egress_endpoint *endpoint)
{
    const struct yaml_node *name = yaml_node_find(entry, "name");

    if (!reader_mapping(report, entry, "a participant with a url", endpoint_keys,
                        COUNT(endpoint_keys)))
        return false;
    if (name == NULL) {
        reader_problem(report, entry, "a participant has no key \"name\"");
        return false;
    }
    bool good = reader_name(report, name, "name", sizeof(endpoint->name), endpoint->name);
    good = read_url(report, entry, endpoint) && good;
    good = read_limit(report, entry, endpoint) && good;
    good = read_ca_file(report, entry, endpoint) && good;
    return read_authorization(report, entry, endpoint) && good;
}

/* Nobody else can ask for work in its name: the secret never leaves the process. */
static int make_known(struct egress_endpoint *endpoint, struct accounts *accounts)
{
    uint8_t secret[SECRET_BYTES];
    struct accounts_digest digest;

    randombytes_buf(secret, sizeof(secret));
    hex_encode(secret, sizeof(secret), endpoint->secret);
    accounts_hash(bytes_of_text(endpoint->secret), &digest);
    return accounts_add_participant(accounts, endpoint->name, &digest);
}

static int keep(struct config *config, const struct egress_endpoint *endpoint)
{
    struct egress_endpoint *longer =
        realloc(config->endpoints, (config->endpoint_count + 1) * sizeof(*longer));

    if (longer == NULL)
        return fault(FAULT_MEMORY);
    config->endpoints = longer;
    config->endpoints[config->endpoint_count++] = *endpoint;
    return 0;
}

int config_endpoint_read(struct report *report, const struct yaml_node *entry,
                         struct config *config)
{
    struct egress_endpoint endpoint = {0};

    if (!read_endpoint(report, entry, &endpoint))
        return REFUSED;
    if (config->endpoint_count == EGRESS_ENDPOINTS_MAX) {
        reader_problem(report, entry, "at most %u participants have a url", EGRESS_ENDPOINTS_MAX);
        return REFUSED;
    }
    int r = make_known(&endpoint, config->accounts);
    if (r == fault(FAULT_INPUT)) {
        reader_problem(report, entry, "\"%s\" is listed twice", endpoint.name);
        return REFUSED;
    }
    return r < 0 ? pass(r) : keep(config, &endpoint);
}
