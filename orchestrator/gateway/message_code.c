#include "gateway/message_code.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 6u

static const struct message_code codes[] = {
    {20003, 401, 0, "Authentication failed."},
    {20005, 403, 0, "The account is not active."},
    {20429, 429, 1000, "Too many requests."},
    {20430, 429, 0, "The account's daily quota is used up."},
    {CODE_FAILED, 500, 0, "The message could not be sent; nothing is charged."},
    {CODE_NO_SERVICE, 503, 1000, "A service is missing; please retry with the same key."},
    {CODE_BAD_TO, 400, 0, "The 'To' number is not a valid phone number."},
    {21212, 400, 0, "The 'From' number is not a valid phone number or sender."},
    {CODE_NO_BODY, 400, 0, "A message needs a 'Body' or a 'MediaUrl'."},
    {CODE_NO_FROM, 400, 0, "A 'From' number or a 'MessagingServiceSid' is required."},
    {CODE_NO_TO, 400, 0, "A 'To' number is required."},
    {21606, 400, 0, "The 'From' number does not belong to the account."},
    {CODE_BAD_CALLBACK, 400, 0, "The 'StatusCallback' is not a valid URL."},
    {21610, 400, 0, "The recipient has opted out of messages from this sender."},
    {21611, 429, 1000, "The queue of the 'From' number is full."},
    {21612, 400, 0, "The 'To' number cannot be reached from this 'From' number."},
    {21614, 400, 0, "The 'To' number cannot receive messages."},
    {CODE_LONG_BODY, 400, 0, "The 'Body' is longer than 1600 characters."},
    {CODE_BAD_MEDIA, 400, 0, "A 'MediaUrl' is not a valid URL."},
    {21621, 402, 0, "The account's balance does not cover the message."},
    {CODE_MANY_MEDIA, 400, 0, "A message has at most 10 media."},
    {30001, 429, 1000, "The queue of messages to be sent is full."},
};

const struct message_code *message_codes(size_t *ret_count)
{
    *ret_count = sizeof(codes) / sizeof(codes[0]);
    return codes;
}

const struct message_code *message_code_find(unsigned number)
{
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].number == number)
            return &codes[i];
    return NULL;
}

struct message_code message_code_of_saga(const char *code)
{
    size_t digits = strspn(code, "0123456789");
    if (digits == 0 || digits > DIGITS_MAX || code[digits] != '\0')
        return *message_code_find(CODE_FAILED);
    unsigned number = (unsigned)strtoul(code, NULL, 10);
    const struct message_code *known = message_code_find(number);
    if (known)
        return *known;
    return (struct message_code){number, 400, 0, "The message was refused."};
}
