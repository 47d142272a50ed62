#include "gateway/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct accounts_digest digest_of(const char *secret)
{
    struct accounts_digest digest;
    accounts_hash(bytes_of_text(secret), &digest);
    return digest;
}

static struct accounts *open_accounts(void)
{
    struct accounts *accounts;
    struct accounts_digest one = digest_of("secret1"), two = digest_of("secret2");

    assert_int_equal(accounts_open(&accounts), 0);
    assert_int_equal(accounts_add_account(accounts, "AC1", &one), 0);
    assert_int_equal(accounts_add_account(accounts, "AC2", &two), 0);
    for (unsigned i = 0; i < OPERATOR_ROLE_COUNT; i++) {
        enum operator_role role = (enum operator_role)i;
        struct accounts_digest key = digest_of(operator_role_name(role));
        assert_int_equal(accounts_add_operator(accounts, operator_role_name(role), &key, role), 0);
    }
    return accounts;
}

struct world *world_open(const struct gateway_options *options)
{
    struct world *world = calloc(1, sizeof(*world));

    assert_non_null(world);
    world->options = *options;
    assert_int_equal(inbox_open(&world->inbox), 0);
    if (!world->options.accounts)
        world->options.accounts = world->accounts = open_accounts();
    world->options.inbox = world->inbox;
    world->options.version = "1.2.3";
    if (!world->options.address)
        world->options.address = "127.0.0.1:0";
    assert_int_equal(gateway_open(&world->options, &world->gateway), 0);
    world->peer = peer_connect(gateway_address(world->gateway));
    return world;
}

struct world *world_close(struct world *world)
{
    peer_close(&world->peer);
    world->gateway = gateway_close(world->gateway);
    world->inbox = inbox_close(world->inbox);
    world->accounts = accounts_close(world->accounts);
    free(world);
    return NULL;
}

int world_setup(void **state)
{
    *state = world_open(&(struct gateway_options){0});
    return 0;
}

int world_teardown(void **state)
{
    *state = world_close(*state);
    return 0;
}

void world_ask(struct world *world, const char *method, const char *target, const char *headers,
               const char *body)
{
    peer_ask(&world->peer, method, target, headers, body);
}

struct response world_call(struct world *world, const char *method, const char *target,
                           const char *headers, const char *body)
{
    world_ask(world, method, target, headers, body);
    return peer_read(&world->peer);
}

void expect_text(struct response *response, unsigned status, const char *path, const char *text)
{
    if (response->status != status)
        print_error("the body is: %s\n", response->body);
    assert_int_equal(response->status, status);
    assert_string_equal(response_text(response, path), text);
    response_fini(response);
}

void expect_wrong(struct world *world, const char *path, const struct wrong_question *questions,
                  size_t count)
{
    char target[256];

    for (size_t i = 0; i < count; i++) {
        snprintf(target, sizeof(target), "%s%s", path, questions[i].query);
        struct response response = world_call(world, "GET", target, AS_VIEWER, NULL);
        const char *detail = response_text(&response, "detail");
        assert_int_equal(response.status, 400);
        if (strncmp(detail, questions[i].detail, strlen(questions[i].detail)) != 0)
            fail_msg("%s gives: %s", questions[i].query, detail);
        response_fini(&response);
    }
}
