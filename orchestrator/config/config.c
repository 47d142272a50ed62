/*
 * The file's own keys, then the rules between them; who may speak is read in config_people.c.
 */
#include "config/config.h"

#include "base/fault.h"
#include "catalog/reader.h"
#include "config/config_path.h"
#include "config/config_people.h"
#include "config/config_settings.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const config_keys[] = {"http",        "workers",      "data",
                                          "definitions", "backups",      "log",
                                          "limits",      "accounts",     "participants",
                                          "operators"};
static const char *const http_keys[] = {"address", "behind_proxy"};
static const char *const workers_keys[] = {"url", "trusted_network"};
static const char *const limit_keys[] = {"calls_queued", "sagas_live", "connections",
                                         "connections_per_address"};
static const char *const log_words[] = {"debug", "info", "warning", "error"};
static const enum log_level log_levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR};

struct reading {
    struct report *report;
    const struct yaml_node *root;
    struct config *config;
};

/* A key's node, or NULL after a problem. */
static const struct yaml_node *required(struct reading *reading, const struct yaml_node *mapping,
                                        const char *what, const char *key)
{
    const struct yaml_node *node = yaml_node_find(mapping, key);

    if (node == NULL)
        reader_problem(reading->report, mapping, "%s has no key \"%s\"", what, key);
    return node;
}

/* A group that must be there, with only known keys; NULL after a problem. */
static const struct yaml_node *group(struct reading *reading, const char *name,
                                     const char *const *keys, size_t key_count)
{
    const struct yaml_node *node = required(reading, reading->root, "the configuration", name);

    if (node == NULL || !reader_mapping(reading->report, node, name, keys, key_count))
        return NULL;
    return node;
}

static bool read_flag(struct report *report, const struct yaml_node *mapping, const char *key,
                      bool *flag)
{
    const struct yaml_node *node = yaml_node_find(mapping, key);

    return node == NULL || reader_bool(report, node, key, flag);
}

/* ---- where it listens ---- */

static bool read_http(struct reading *reading)
{
    const struct yaml_node *http = group(reading, "http", http_keys, COUNT(http_keys));
    struct config *config = reading->config;

    if (http == NULL)
        return false;
    const struct yaml_node *address = required(reading, http, "http", "address");
    if (address == NULL || !read_flag(reading->report, http, "behind_proxy", &config->behind_proxy))
        return false;
    if (!reader_text(reading->report, address, "address", sizeof(config->http_address),
                     config->http_address))
        return false;
    if (!config_address_valid(config->http_address)) {
        reader_problem(reading->report, address,
                       "address must be a number and a port, such as 127.0.0.1:8080 or [::1]:8080");
        return false;
    }
    if (!config_address_is_loopback(config->http_address) && !config->behind_proxy) {
        reader_problem(reading->report, address,
                       "%s is not loopback, and keys would cross the network in the clear: put a "
                       "proxy with TLS before it and say behind_proxy: true",
                       config->http_address);
        return false;
    }
    return true;
}

/* ipc:// with an absolute path, or tcp:// with a number and a port. */
static bool is_workers_url(const char *url)
{
    if (strncmp(url, "ipc:///", 7) == 0)
        return url[7] != '\0' && strlen(url + 6) <= 100;
    return strncmp(url, "tcp://", 6) == 0 && config_address_valid(url + 6);
}

static bool read_workers(struct reading *reading)
{
    const struct yaml_node *workers = group(reading, "workers", workers_keys, COUNT(workers_keys));
    struct config *config = reading->config;

    if (workers == NULL)
        return false;
    const struct yaml_node *url = required(reading, workers, "workers", "url");
    if (url == NULL ||
        !read_flag(reading->report, workers, "trusted_network", &config->trusted_network))
        return false;
    if (!reader_text(reading->report, url, "url", sizeof(config->workers_url), config->workers_url))
        return false;
    if (!is_workers_url(config->workers_url)) {
        reader_problem(reading->report, url,
                       "url must be tcp:// with a number and a port, or ipc:// with an absolute "
                       "path of at most 100 bytes");
        return false;
    }
    bool is_tcp = strncmp(config->workers_url, "tcp://", 6) == 0;
    if (is_tcp && !config_address_is_loopback(config->workers_url + 6) &&
        !config->trusted_network) {
        reader_problem(reading->report, url,
                       "%s is not loopback, and secrets would cross the network in the clear: use "
                       "a tunnel, or say trusted_network: true",
                       config->workers_url);
        return false;
    }
    return true;
}

/* ---- where it keeps things ---- */

static bool read_path(struct reading *reading, const char *key, char path[CONFIG_PATH_SIZE])
{
    const struct yaml_node *node = required(reading, reading->root, "the configuration", key);

    return node != NULL && config_path_read(reading->report, node, key, path);
}

static bool read_backups(struct reading *reading)
{
    const struct yaml_node *node = yaml_node_find(reading->root, "backups");

    return node == NULL ||
           config_path_read(reading->report, node, "backups", reading->config->backups);
}

/* ---- the rest ---- */

static bool read_log(struct reading *reading)
{
    const struct yaml_node *node = yaml_node_find(reading->root, "log");
    size_t word = 1;

    if (node != NULL &&
        !reader_word(reading->report, node, "log", log_words, COUNT(log_words), &word))
        return false;
    reading->config->log = log_levels[word];
    return true;
}

static bool read_limit(struct report *report, const struct yaml_node *limits, const char *key,
                       uint32_t most, uint32_t *limit)
{
    const struct yaml_node *node = yaml_node_find(limits, key);
    uint64_t number = 0;

    if (node != NULL && !reader_number(report, node, key, 1, most, &number))
        return false;
    *limit = (uint32_t)number;
    return true;
}

static bool read_limits(struct reading *reading)
{
    const struct yaml_node *node = yaml_node_find(reading->root, "limits");
    struct report *report = reading->report;
    struct config *config = reading->config;

    if (node == NULL)
        return true;
    if (!reader_mapping(report, node, "limits", limit_keys, COUNT(limit_keys)))
        return false;
    bool good = read_limit(report, node, "calls_queued", 1000000, &config->calls_queued_max);
    good = read_limit(report, node, "sagas_live", 10000000, &config->sagas_live_max) && good;
    good = read_limit(report, node, "connections", 60000, &config->connections_max) && good;
    return read_limit(report, node, "connections_per_address", 60000,
                      &config->connections_per_address) &&
           good;
}

/* Off loopback somebody must be known, or everyone is refused, or worse. */
static bool check_known(struct reading *reading)
{
    const struct config *config = reading->config;
    const struct yaml_node *http = yaml_node_find(reading->root, "http");

    if (config_address_is_loopback(config->http_address) ||
        yaml_node_find(reading->root, "accounts") != NULL ||
        yaml_node_find(reading->root, "operators") != NULL)
        return true;
    reader_problem(reading->report, http,
                   "off loopback the configuration must name accounts or operators");
    return false;
}

/* Everything is read, whatever was wrong before it, so that all mistakes are told at once. */
static int read_all(struct reading *reading)
{
    bool good = reader_mapping(reading->report, reading->root, "the configuration", config_keys,
                               COUNT(config_keys));

    good = read_http(reading) && good;
    good = read_workers(reading) && good;
    good = read_path(reading, "data", reading->config->data) && good;
    good = read_path(reading, "definitions", reading->config->definitions) && good;
    good = read_backups(reading) && good;
    good = read_log(reading) && good;
    good = read_limits(reading) && good;
    int r = config_people_read(reading->report, reading->root, reading->config);
    if (r < 0)
        return pass(r);
    return good && r == 0 && check_known(reading) ? 0 : CONFIG_REFUSED;
}

static int parse(struct report *report, struct config *config)
{
    struct yaml_tree tree;
    int r = yaml_tree_init(report, &tree);

    if (r != 0)
        return r < 0 ? pass(r) : CONFIG_REFUSED;
    struct reading reading = {report, tree.root, config};
    r = read_all(&reading);
    if (r == 0)
        r = config_settings_read(report->file, tree.root, &config->settings,
                                 &config->setting_count);
    yaml_tree_fini(&tree);
    return r;
}

int config_read(const char *file_name, struct bytes text, struct config *ret_config,
                struct buffer *messages)
{
    struct config config = {0};
    struct report report;

    report_init(&report, file_name, text);
    int r = accounts_open(&config.accounts);
    if (r < 0)
        return pass(r);
    r = parse(&report, &config);
    assert((r == CONFIG_REFUSED) == (report.count > 0) || r < 0);
    if (r != 0) {
        config_fini(&config);
        int printed = r < 0 ? 0 : report_print(&report, messages);
        return printed < 0 ? pass(printed) : r;
    }
    *ret_config = config;
    return 0;
}

void config_fini(struct config *config)
{
    config->accounts = accounts_close(config->accounts);
    if (config->endpoints != NULL)
        sodium_memzero(config->endpoints, config->endpoint_count * sizeof(*config->endpoints));
    free(config->endpoints);
    config->endpoints = NULL;
    free(config->settings);
    config->settings = NULL;
    config->endpoint_count = 0;
}

/* ---- the file ---- */

static int read_file(const char *path, struct buffer *text)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t got = 1;

    if (file < 0)
        return fault(FAULT_IO);
    while (got > 0 && text->size <= YAML_TREE_TEXT_MAX) {
        uint8_t *end = buffer_reserve(text, 65536);
        if (end == NULL) {
            close(file);
            return fault(FAULT_MEMORY);
        }
        got = read(file, end, 65536);
        if (got > 0)
            text->size += (size_t)got;
    }
    close(file);
    return got < 0 ? fault(FAULT_IO) : 0;
}

int config_load(const char *path, struct config *ret_config, struct buffer *messages)
{
    struct buffer text = {0};

    errno = 0;
    int r = read_file(path, &text);
    if (r == fault(FAULT_IO)) {
        r = buffer_print(messages, "%s: %s\n", path, strerror(errno));
        r = r < 0 ? pass(r) : CONFIG_REFUSED;
    } else if (r == 0) {
        r = config_read(path, bytes_of(text.data, text.size), ret_config, messages);
    }
    buffer_fini(&text);
    return r;
}
