#include "service/message.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define E164_DIGITS_MIN 2u
#define E164_DIGITS_MAX 15u
#define SID_DIGITS 32u

/* An absent or null member is NULL; anything but a string makes the input malformed. */
static bool read_string(const json_t *input, const char *key, const char **ret_text)
{
    const json_t *value = json_object_get(input, key);

    if (value == NULL || json_is_null(value)) {
        *ret_text = NULL;
        return true;
    }
    *ret_text = json_string_value(value);
    return *ret_text != NULL;
}

static bool read_media(const json_t *input, const json_t **ret_media)
{
    const json_t *media = json_object_get(input, "media_url");
    const json_t *url;
    size_t i;

    if (media == NULL || json_is_null(media)) {
        *ret_media = NULL;
        return true;
    }
    if (!json_is_array(media))
        return false;
    json_array_foreach(media, i, url)
        if (!json_is_string(url))
            return false;
    *ret_media = json_array_size(media) > 0 ? media : NULL;
    return true;
}

static bool read_members(struct message *message)
{
    const json_t *input = message->input;

    if (!json_is_object(input) || !read_string(input, "account_sid", &message->account_sid) ||
        !read_string(input, "to", &message->to) || !read_string(input, "from", &message->from) ||
        !read_string(input, "messaging_service_sid", &message->messaging_service_sid) ||
        !read_string(input, "body", &message->body) ||
        !read_string(input, "status_callback", &message->status_callback) ||
        !read_media(input, &message->media_url))
        return false;
    if (message->body != NULL)
        message->body_size = strlen(message->body);
    return message->account_sid != NULL;
}

int message_init(const void *input, size_t size, struct message *ret_message)
{
    if (size == 0 || size > MESSAGE_INPUT_MAX)
        return MESSAGE_MALFORMED;

    struct message message = {.input = json_loadb(input, size, JSON_REJECT_DUPLICATES, NULL)};
    if (message.input == NULL)
        return MESSAGE_MALFORMED;
    if (!read_members(&message)) {
        json_decref(message.input);
        return MESSAGE_MALFORMED;
    }
    *ret_message = message;
    return 0;
}

void message_fini(struct message *message)
{
    json_decref(message->input);
    *message = (struct message){0};
}

bool message_of_call(const struct participant_call *call, struct participant_answer *answer,
                     struct message *ret_message)
{
    struct message message;

    if (message_init(call->input, call->input_size, &message) == MESSAGE_MALFORMED) {
        refuse(answer, REFUSAL_MALFORMED);
        return false;
    }
    /* The server says whose saga it is; an input cannot speak for another account. */
    if (call->tenant == NULL || strcmp(call->tenant, message.account_sid) != 0) {
        refuse(answer, REFUSAL_ACCOUNT_UNKNOWN);
        message_fini(&message);
        return false;
    }
    *ret_message = message;
    return true;
}

static bool is_url(const char *text)
{
    size_t size = strlen(text);

    if (size > MESSAGE_URL_MAX)
        return false;
    const char *rest = strncasecmp(text, "https://", 8) == 0  ? text + 8
                       : strncasecmp(text, "http://", 7) == 0 ? text + 7
                                                              : NULL;
    if (rest == NULL || *rest == '\0' || *rest == '/')
        return false;
    for (const char *at = rest; *at != '\0'; at++)
        if (*at <= 0x20 || *at == 0x7f || *at == '"' || *at == '\\')
            return false;
    return true;
}

enum refusal message_content_refusal(const struct message *message)
{
    const json_t *url;
    size_t i;

    if (message->body_size == 0 && message->media_url == NULL)
        return REFUSAL_BODY_MISSING;
    if (message_segments(message).characters > MESSAGE_BODY_CHARACTERS_MAX)
        return REFUSAL_BODY_TOO_LONG;
    if (message->media_url != NULL && json_array_size(message->media_url) > MESSAGE_MEDIA_MAX)
        return REFUSAL_MEDIA_TOO_MANY;
    json_array_foreach(message->media_url, i, url)
        if (!is_url(json_string_value(url)))
            return REFUSAL_MEDIA_INVALID;
    return REFUSAL_COUNT;
}

struct segments message_segments(const struct message *message)
{
    assert(message->body != NULL || message->body_size == 0);

    return segments_of(message->body == NULL ? "" : message->body, message->body_size);
}

bool message_is_e164(const char *number)
{
    if (number[0] != '+' || number[1] < '1' || number[1] > '9')
        return false;
    size_t digits = strspn(number + 1, "0123456789");
    return number[1 + digits] == '\0' && digits >= E164_DIGITS_MIN && digits <= E164_DIGITS_MAX;
}

bool message_is_sid(const char *text, const char *prefix)
{
    size_t prefix_size = strlen(prefix);

    if (strncmp(text, prefix, prefix_size) != 0)
        return false;
    const char *digits = text + prefix_size;
    return strspn(digits, "0123456789abcdefABCDEF") == SID_DIGITS && digits[SID_DIGITS] == '\0';
}
