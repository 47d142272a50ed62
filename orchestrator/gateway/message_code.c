#include "gateway/message_code.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 6u

static const struct message_code codes[] = {
    {20003, 401, 0, "Authentication failed.",
     "Check the account's SID and its token, and that the path names the same account."},
    {20005, 403, 0, "The account is not active.",
     "Ask whoever runs the account to make it active again."},
    {20429, 429, 1000, "Too many requests.",
     "Wait as long as Retry-After says, then repeat; send more slowly from there on."},
    {20430, 429, 0, "The account's daily quota is used up.",
     "Wait for the next day in UTC, or have the quota raised; then send with a new key."},
    {CODE_FAILED, 500, 0, "The message could not be sent; nothing is charged.",
     "Send it again with a new key. If it goes on, the operator's log says why."},
    {CODE_NO_SERVICE, 503, 1000, "A service is missing; please retry with the same key.",
     "Repeat the same request with the same key after Retry-After: it becomes a new message."},
    {CODE_BAD_TO, 400, 0, "The 'To' number is not a valid phone number.",
     "Give the number in E.164: a '+', the country's code, and the number, without spaces."},
    {21212, 400, 0, "The 'From' number is not a valid phone number or sender.",
     "Give a number of the account in E.164, or another sender that it has."},
    {CODE_NO_BODY, 400, 0, "A message needs a 'Body' or a 'MediaUrl'.",
     "Give a 'Body', or up to ten 'MediaUrl'."},
    {CODE_NO_FROM, 400, 0, "A 'From' number or a 'MessagingServiceSid' is required.",
     "Give a 'From' number of the account, or one of its messaging services."},
    {CODE_NO_TO, 400, 0, "A 'To' number is required.", "Give the recipient's number as 'To'."},
    {21606, 400, 0, "The 'From' number does not belong to the account.",
     "Send from a number that the account owns, or from one of its messaging services."},
    {CODE_BAD_CALLBACK, 400, 0, "The 'StatusCallback' is not a valid URL.",
     "Give an absolute URL that begins with http:// or https:// and has no spaces."},
    {21610, 400, 0, "The recipient has opted out of messages from this sender.",
     "Do not send to this recipient from this sender until they opt in again."},
    {21611, 429, 1000, "The queue of the 'From' number is full.",
     "Wait for messages of this sender to leave, or send from another; then use a new key."},
    {21612, 400, 0, "The 'To' number cannot be reached from this 'From' number.",
     "Send from another number, or check that the recipient's country is served."},
    {21614, 400, 0, "The 'To' number cannot receive messages.",
     "Check the number: it is a landline, or otherwise takes no messages."},
    {CODE_LONG_BODY, 400, 0, "The 'Body' is longer than 1600 characters.",
     "Shorten the 'Body', or send it as several messages."},
    {CODE_BAD_MEDIA, 400, 0, "A 'MediaUrl' is not a valid URL.",
     "Give each as an absolute URL that begins with http:// or https:// and has no spaces."},
    {21621, 402, 0, "The account's balance does not cover the message.",
     "Add to the account's balance, then send with a new key."},
    {CODE_MANY_MEDIA, 400, 0, "A message has at most 10 media.",
     "Send what is more than ten in a message of its own."},
    {21701, 400, 0, "The messaging service does not exist in this account.",
     "Give the 'MessagingServiceSid' of one of the account's messaging services."},
    {21704, 400, 0, "The messaging service has no senders.",
     "Add a number to the messaging service, or name a 'From' number."},
    {30001, 429, 1000, "The queue of messages to be sent is full.",
     "Wait, then send with a new key; send more slowly from there on."},
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
    return (struct message_code){number, 400, 0, "The message was refused.", NULL};
}
