#include "gateway/message_form.h"

#include "base/fault.h"
#include "gateway/message_code.h"
#include "base/utf8.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BODY_CHARACTERS_MAX 1600u
#define URL_MAX 2048u
#define MEDIA_MAX 10u
#define VALIDITY_S_MAX 36000u

static const char *const single_fields[] = {"To",   "From",           "MessagingServiceSid",
                                            "Body", "StatusCallback", "ValidityPeriod"};

/* To send at once, or another text, would not be what was asked. */
static const char *const unsupported_fields[] = {"SendAt", "ScheduleType", "ContentSid",
                                                 "ContentVariables"};

static int wrong(struct message_form_error *error, unsigned number, const char *text)
{
    error->number = number;
    snprintf(error->text, sizeof(error->text), "%s", text ? text : message_code_find(number)->text);
    return MESSAGE_FORM_WRONG;
}

/* An empty value counts as absent, as forms send what was left blank. */
static const char *given(const struct form *form, const char *name)
{
    const char *value = form_value(form, name);
    return value && *value ? value : NULL;
}

static bool is_url(const char *text)
{
    size_t length = strlen(text);
    if (length > URL_MAX || strcspn(text, " \t\r\n\"<>") != length)
        return false;
    if (strncasecmp(text, "https://", 8) == 0)
        return text[8] != '\0';
    return strncasecmp(text, "http://", 7) == 0 && text[7] != '\0';
}

bool message_number_parse(const char *text, char ret_number[MESSAGE_NUMBER_SIZE])
{
    size_t length = strlen(text);
    if (length >= MESSAGE_NUMBER_SIZE)
        return false;
    memcpy(ret_number, text, length + 1);
    if (text[0] == ' ' && isdigit((unsigned char)text[1]))
        ret_number[0] = '+';
    return true;
}

static int check_names(const struct form *form, struct message_form_error *error)
{
    char text[96];
    for (size_t i = 0; i < sizeof(unsupported_fields) / sizeof(unsupported_fields[0]); i++) {
        if (form_count(form, unsupported_fields[i]) == 0)
            continue;
        snprintf(text, sizeof(text), "'%s' is not supported here; leave it out.",
                 unsupported_fields[i]);
        return wrong(error, 0, text);
    }
    for (size_t i = 0; i < sizeof(single_fields) / sizeof(single_fields[0]); i++) {
        if (form_count(form, single_fields[i]) <= 1)
            continue;
        snprintf(text, sizeof(text), "'%s' is given more than once.", single_fields[i]);
        return wrong(error, 0, text);
    }
    return 0;
}

static int check_ends(const struct form *form, struct message_form_error *error)
{
    const char *to = given(form, "To"), *from = given(form, "From");
    const char *service = given(form, "MessagingServiceSid");
    char number[MESSAGE_NUMBER_SIZE];

    if (!to)
        return wrong(error, CODE_NO_TO, NULL);
    if (!message_number_parse(to, number))
        return wrong(error, CODE_BAD_TO, NULL);
    if (!from && !service)
        return wrong(error, CODE_NO_FROM, NULL);
    if (from && !message_number_parse(from, number))
        return wrong(error, 21212, NULL);
    if (service && strlen(service) >= MESSAGE_NUMBER_SIZE)
        return wrong(error, 0, "The 'MessagingServiceSid' is too long.");
    return 0;
}

static bool is_media(const struct form_field *field)
{
    return strcmp(field->name, "MediaUrl") == 0 && *field->value != '\0';
}

static size_t media_count(const struct form *form)
{
    size_t count = 0;

    for (size_t i = 0; i < form->count; i++)
        count += is_media(&form->fields[i]);
    return count;
}

static int check_media(const struct form *form, struct message_form_error *error)
{
    if (media_count(form) > MEDIA_MAX)
        return wrong(error, CODE_MANY_MEDIA, NULL);
    for (size_t i = 0; i < form->count; i++)
        if (is_media(&form->fields[i]) && !is_url(form->fields[i].value))
            return wrong(error, CODE_BAD_MEDIA, NULL);
    return 0;
}

static int check_content(const struct form *form, struct message_form_error *error)
{
    const char *body = given(form, "Body");
    const char *callback = given(form, "StatusCallback");

    if (!body && media_count(form) == 0)
        return wrong(error, CODE_NO_BODY, NULL);
    if (body && utf8_length(bytes_of_text(body)) > BODY_CHARACTERS_MAX)
        return wrong(error, CODE_LONG_BODY, NULL);
    if (callback && !is_url(callback))
        return wrong(error, CODE_BAD_CALLBACK, NULL);
    return check_media(form, error);
}

/* Seconds, or 0 when it is not given. */
static int parse_validity(const struct form *form, unsigned *ret_seconds,
                          struct message_form_error *error)
{
    const char *text = given(form, "ValidityPeriod");

    *ret_seconds = 0;
    if (!text)
        return 0;
    size_t digits = strspn(text, "0123456789");
    unsigned long seconds = digits <= 6 ? strtoul(text, NULL, 10) : 0;
    if (text[digits] != '\0' || seconds < 1 || seconds > VALIDITY_S_MAX)
        return wrong(error, 0, "The 'ValidityPeriod' is not a number from 1 to 36000.");
    *ret_seconds = (unsigned)seconds;
    return 0;
}

static int add_text(json_t *input, const char *member, const char *value)
{
    return value ? json_object_set_new(input, member, json_string(value)) : 0;
}

static int add_number(json_t *input, const char *member, const char *value)
{
    char number[MESSAGE_NUMBER_SIZE];

    return value && message_number_parse(value, number) ? add_text(input, member, number) : 0;
}

static int add_media(json_t *input, const struct form *form)
{
    if (media_count(form) == 0)
        return 0;
    json_t *media = json_array();
    int r = 0;
    for (size_t i = 0; i < form->count; i++)
        if (is_media(&form->fields[i]))
            r |= json_array_append_new(media, json_string(form->fields[i].value));
    return r | json_object_set_new(input, "media_url", media);
}

static char *canonical_input(const struct form *form, const char *account, unsigned validity_s)
{
    json_t *input = json_object();
    int r = add_text(input, "account_sid", account);

    r |= add_number(input, "to", given(form, "To"));
    r |= add_number(input, "from", given(form, "From"));
    r |= add_text(input, "messaging_service_sid", given(form, "MessagingServiceSid"));
    r |= add_text(input, "body", given(form, "Body"));
    r |= add_text(input, "status_callback", given(form, "StatusCallback"));
    r |= add_media(input, form);
    if (validity_s > 0)
        r |= json_object_set_new(input, "validity_period", json_integer(validity_s));
    char *text = r == 0 ? json_dumps(input, JSON_SORT_KEYS | JSON_COMPACT) : NULL;
    json_decref(input);
    return text;
}

int message_form_input(const struct form *form, const char *account, char **ret_input,
                       struct message_form_error *ret_error)
{
    unsigned validity_s;
    int r = check_names(form, ret_error);

    if (r == 0)
        r = check_ends(form, ret_error);
    if (r == 0)
        r = check_content(form, ret_error);
    if (r == 0)
        r = parse_validity(form, &validity_s, ret_error);
    if (r)
        return r;
    char *input = canonical_input(form, account, validity_s);
    if (!input)
        return fault(FAULT_MEMORY);
    *ret_input = input;
    return 0;
}
