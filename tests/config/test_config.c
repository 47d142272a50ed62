/*
 * The configuration: what a file becomes, and the exact text for every kind of mistake.
 *
 *   bad/NAME.yaml is what somebody wrote; bad/NAME.txt is what they are told.
 *
 * Run with --rewrite, the program writes the .txt files anew; the difference is for review.
 */
#include "base/fault.h"
#include "config/config.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES_MIN 30u

static bool rewrite;

static const char least_text[] = "http: {address: \"127.0.0.1:0\"}\n"
                                 "workers: {url: \"ipc:///run/sagad/socket\"}\n"
                                 "data: data\n"
                                 "definitions: ../sagas\n";

static void read_file(const char *path, struct buffer *text)
{
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        fail_msg("%s cannot be read", path);
    for (size_t got = 1; got > 0;) {
        uint8_t *end = buffer_reserve(text, 4096);
        assert_non_null(end);
        got = fread(end, 1, 4096, file);
        text->size += got;
    }
    fclose(file);
}

static void write_file(const char *path, const struct buffer *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
    assert_int_equal(fclose(file), 0);
}

static void expect_told(const char *yaml_name)
{
    char yaml_path[512], txt_path[512], shown[300];
    struct buffer text = {0}, told = {0}, expected = {0};
    struct config config;

    snprintf(shown, sizeof(shown), "bad/%s", yaml_name);
    snprintf(yaml_path, sizeof(yaml_path), "%s/%s", TESTS_CONFIG, shown);
    snprintf(txt_path, sizeof(txt_path), "%.*s.txt", (int)(strlen(yaml_path) - strlen(".yaml")),
             yaml_path);
    read_file(yaml_path, &text);
    int r = config_read(shown, bytes_of(text.data, text.size), &config, &told);
    if (r != CONFIG_REFUSED)
        fail_msg("%s: %s", yaml_name, r == 0 ? "was taken" : fault_name(r));
    if (rewrite)
        write_file(txt_path, &told);
    read_file(txt_path, &expected);
    if (expected.size != told.size || memcmp(expected.data, told.data, told.size) != 0)
        fail_msg("%s: told\n%.*s", yaml_name, (int)told.size, (char *)told.data);
    buffer_fini(&text);
    buffer_fini(&told);
    buffer_fini(&expected);
}

static void every_mistake_is_told_with_its_place(void **state)
{
    DIR *folder = opendir(TESTS_CONFIG "/bad");
    size_t cases = 0;

    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        const char *ending = strrchr(entry->d_name, '.');
        if (ending == NULL || strcmp(ending, ".yaml") != 0)
            continue;
        expect_told(entry->d_name);
        cases++;
    }
    closedir(folder);
    assert_true(cases >= CASES_MIN);
}

static void every_key_is_read(void **state)
{
    struct buffer told = {0};
    struct config config;

    (void)state;
    assert_int_equal(config_load(TESTS_CONFIG "/good.yaml", &config, &told), 0);
    assert_int_equal(told.size, 0);
    assert_string_equal(config.http_address, "[::]:8080");
    assert_true(config.behind_proxy);
    assert_string_equal(config.workers_url, "tcp://10.0.0.1:7700");
    assert_true(config.trusted_network);
    assert_string_equal(config.data, TESTS_CONFIG "/data");
    assert_string_equal(config.definitions, "/etc/sagad/sagas");
    assert_int_equal(config.log, LOG_WARNING);
    assert_int_equal(config.calls_queued_max, 5);
    assert_int_equal(config.sagas_live_max, 6);
    assert_int_equal(config.connections_max, 7);
    assert_int_equal(config.connections_per_address, 8);
    assert_int_equal(config.endpoint_count, 2);
    assert_string_equal(config.endpoints[0].name, "parcel");
    assert_string_equal(config.endpoints[0].url, "https://parcel.example/saga");
    assert_int_equal(config.endpoints[0].limit, EGRESS_LIMIT_DEFAULT);
    assert_string_equal(config.endpoints[0].ca_file, "");
    assert_string_equal(config.endpoints[1].url, "http://10.0.0.2:8000");
    assert_int_equal(config.endpoints[1].limit, 4);
    assert_string_equal(config.endpoints[1].ca_file, TESTS_CONFIG "/good.yaml");
    config_fini(&config);
}

static const struct setting *setting_named(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->setting_count; i++)
        if (strcmp(config->settings[i].name, name) == 0)
            return &config->settings[i];
    fail_msg("no setting %s", name);
    return NULL;
}

static void every_value_says_where_it_came_from_and_no_secret_is_shown(void **state)
{
    (void)state;
    struct config config;
    struct buffer told = {0};

    assert_int_equal(config_load(TESTS_CONFIG "/good.yaml", &config, &told), 0);
    const struct setting *address = setting_named(&config, "http.address");
    assert_string_equal(address->value, config.http_address);
    assert_non_null(strstr(address->source, "good.yaml:"));
    for (size_t i = 0; i < config.setting_count; i++) {
        const struct setting *setting = &config.settings[i];
        if (strstr(setting->name, "sha256") != NULL)
            assert_string_equal(setting->value, "(set)");
        assert_true(setting->source[0] != '\0');
    }
    config_fini(&config);
    static const char least[] = "http: {address: 127.0.0.1:0}\nworkers: {url: \"ipc:///x\"}\n"
                                "data: d\ndefinitions: e\n";
    assert_int_equal(config_read("least.yaml", bytes_of_text(least), &config, &told), 0);
    assert_string_equal(setting_named(&config, "data")->source, "least.yaml:3");
    assert_string_equal(setting_named(&config, "log")->source, "default");
    assert_string_equal(setting_named(&config, "limits.connections")->value, "2048");
    config_fini(&config);
    buffer_fini(&told);
}

/* The digests of good.yaml are all of the word "abc". */
static void people_are_known_by_what_hashes_to_their_digest(void **state)
{
    struct bytes word = bytes_of_text("abc"), other = bytes_of_text("abd");
    const char *sid = "AC0123456789abcdef0123456789abcdef";
    struct buffer told = {0};
    struct config config;

    (void)state;
    assert_int_equal(config_load(TESTS_CONFIG "/good.yaml", &config, &told), 0);
    assert_true(accounts_check_account(config.accounts, sid, word));
    assert_false(accounts_check_account(config.accounts, sid, other));
    assert_true(accounts_check_participant(config.accounts, "billing", word));
    assert_false(accounts_check_participant(config.accounts, "auth", word));
    const struct operator* found = accounts_find_operator(config.accounts, word);
    assert_non_null(found);
    assert_string_equal(found->name, "alice");
    assert_int_equal(found->role, OPERATOR_VIEWER);
    config_fini(&config);
}

/* Its worker polls with a secret that nobody can know, and that is another at every start. */
static void a_participant_with_a_url_is_known_by_a_secret_of_its_own(void **state)
{
    struct buffer told = {0};
    struct config config, again;

    (void)state;
    assert_int_equal(config_load(TESTS_CONFIG "/good.yaml", &config, &told), 0);
    assert_int_equal(config_load(TESTS_CONFIG "/good.yaml", &again, &told), 0);
    const struct egress_endpoint *parcel = &config.endpoints[0];
    assert_int_equal(strlen(parcel->secret), EGRESS_SECRET_SIZE - 1);
    assert_true(accounts_check_participant(config.accounts, "parcel",
                                           bytes_of_text(parcel->secret)));
    assert_false(accounts_check_participant(config.accounts, "parcel", bytes_of_text("abc")));
    assert_false(accounts_check_participant(again.accounts, "parcel",
                                            bytes_of_text(parcel->secret)));
    assert_string_not_equal(parcel->secret, config.endpoints[1].secret);
    config_fini(&config);
    config_fini(&again);
}

/* Read a configuration whose participant shows what the file holds; as config_read answers. */
static int read_with_authorization(const char *held, struct config *config, struct buffer *told)
{
    char folder[] = "/tmp/sagad-config-XXXXXX", path[64], text[512];
    struct buffer file = {0};

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/auth", folder);
    assert_int_equal(buffer_print(&file, "%s", held), 0);
    write_file(path, &file);
    buffer_fini(&file);
    snprintf(text, sizeof(text),
             "%sparticipants: [{name: parcel, url: 'https://parcel.example', "
             "authorization_file: %s}]\n",
             least_text, path);
    int r = config_read("sagad.yaml", bytes_of_text(text), config, told);
    remove(path);
    remove(folder);
    return r;
}

static void an_authorization_is_the_first_line_of_its_file(void **state)
{
    static const char *const odd[] = {"\n", "a\tb\n", " Bearer x\n", "Bearer \xff\n"};
    struct buffer told = {0};
    struct config config;

    (void)state;
    assert_int_equal(read_with_authorization("Bearer abc\r\nnot this\n", &config, &told), 0);
    assert_string_equal(config.endpoints[0].authorization, "Bearer abc");
    config_fini(&config);
    assert_int_equal(read_with_authorization("Basic YTpi", &config, &told), 0);
    assert_string_equal(config.endpoints[0].authorization, "Basic YTpi");
    config_fini(&config);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        assert_int_equal(read_with_authorization(odd[i], &config, &told), CONFIG_REFUSED);
    buffer_fini(&told);
}

static void what_is_not_said_has_its_default(void **state)
{
    struct buffer told = {0};
    struct config config;

    (void)state;
    assert_int_equal(config_read("etc/x.yaml", bytes_of_text(least_text), &config, &told), 0);
    assert_int_equal(config.log, LOG_INFO);
    assert_false(config.behind_proxy || config.trusted_network);
    assert_int_equal(config.calls_queued_max, 0);
    assert_string_equal(config.data, "etc/data");
    assert_string_equal(config.definitions, "etc/../sagas");
    config_fini(&config);
}

static void a_file_that_is_not_there_is_told(void **state)
{
    static const char expected[] = "/nowhere/x.yaml: No such file or directory\n";
    struct buffer told = {0};
    struct config config;

    (void)state;
    assert_int_equal(config_load("/nowhere/x.yaml", &config, &told), CONFIG_REFUSED);
    assert_int_equal(told.size, strlen(expected));
    assert_memory_equal(told.data, expected, told.size);
    buffer_fini(&told);
}

static void only_the_machine_itself_is_loopback(void **state)
{
    (void)state;
    assert_true(config_address_is_loopback("127.0.0.1:80"));
    assert_true(config_address_is_loopback("127.9.9.9:0"));
    assert_true(config_address_is_loopback("[::1]:8080"));
    assert_false(config_address_is_loopback("128.0.0.1:80"));
    assert_false(config_address_is_loopback("0.0.0.0:80"));
    assert_false(config_address_is_loopback("[::]:80"));
    assert_false(config_address_is_loopback("::1:80"));
    assert_false(config_address_is_loopback("localhost:80"));
    assert_false(config_address_is_loopback("127.0.0.1"));
}

static void an_address_is_a_number_and_a_port(void **state)
{
    static const char *const wrong[] = {
        "",
        ":80",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.1:80",
        "127.0.0.1:-1",
        "[::1]",
        "[::1:80",
        "[]:80",
        "[127.0.0.1]:80",
        "::1",
        "127.0.0.1 :80",
        "127.0.0.1:080808",
    };

    (void)state;
    assert_true(config_address_valid("0.0.0.0:65535"));
    assert_true(config_address_valid("[2001:db8::1]:1"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(config_address_valid(wrong[i]));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_says_where_it_came_from_and_no_secret_is_shown),
        cmocka_unit_test(every_mistake_is_told_with_its_place),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(people_are_known_by_what_hashes_to_their_digest),
        cmocka_unit_test(a_participant_with_a_url_is_known_by_a_secret_of_its_own),
        cmocka_unit_test(an_authorization_is_the_first_line_of_its_file),
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(a_file_that_is_not_there_is_told),
        cmocka_unit_test(only_the_machine_itself_is_loopback),
        cmocka_unit_test(an_address_is_a_number_and_a_port),
    };

    rewrite = argc > 1 && strcmp(argv[1], "--rewrite") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
