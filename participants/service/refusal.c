#include "service/refusal.h"

#include <assert.h>
#include <string.h>

struct refusal_words {
    const char *code;
    const char *text;
};

static const struct refusal_words words[REFUSAL_COUNT] = {
    [REFUSAL_MALFORMED] = {"invalid_input", "The input is not that of a message."},
    [REFUSAL_ACCOUNT_UNKNOWN] = {"20003", "Authenticate: no such account."},
    [REFUSAL_ACCOUNT_SUSPENDED] = {"20005", "The account is not active."},
    [REFUSAL_QUOTA] = {"20430", "The account's daily message quota is used up; it starts anew at "
                                "00:00 UTC."},
    [REFUSAL_TO_INVALID] = {"21211", "The 'To' number is not a valid phone number."},
    [REFUSAL_FROM_INVALID] = {"21212", "The 'From' number is not a valid phone number."},
    [REFUSAL_BODY_MISSING] = {"21602", "Message body is required."},
    [REFUSAL_FROM_MISSING] = {"21603", "A 'From' phone number is required."},
    [REFUSAL_TO_MISSING] = {"21604", "A 'To' phone number is required."},
    [REFUSAL_FROM_NOT_OWNED] = {"21606", "The 'From' number is not owned by the account, or "
                                         "cannot send messages."},
    [REFUSAL_OPTED_OUT] = {"21610", "The recipient has opted out of messages from this sender."},
    [REFUSAL_QUEUE_FULL] = {"21611", "The 'From' number has reached the most messages that may "
                                     "be queued."},
    [REFUSAL_TO_UNROUTABLE] = {"21612", "The 'To' number cannot be reached from the 'From' "
                                        "number."},
    [REFUSAL_TO_NOT_CAPABLE] = {"21614", "The 'To' number cannot receive messages."},
    [REFUSAL_BODY_TOO_LONG] = {"21617", "The message body is longer than 1600 characters."},
    [REFUSAL_MEDIA_INVALID] = {"21620", "A media URL is not a valid http or https URL."},
    [REFUSAL_BALANCE] = {"21621", "The account's balance does not cover the message."},
    [REFUSAL_MEDIA_TOO_MANY] = {"21623", "A message carries at most 10 media URLs."},
    [REFUSAL_POOL_UNKNOWN] = {"21701", "The messaging service does not exist in this account."},
    [REFUSAL_POOL_EMPTY] = {"21704", "The messaging service has no phone numbers."},
    [REFUSAL_NO_RESERVATION] = {"no_reservation", "Nothing is reserved for this message, so "
                                                  "nothing can be captured."},
    [REFUSAL_CAPTURED] = {"already_captured", "The reservation is captured; it cannot be "
                                              "released."},
};

const char *refusal_code(enum refusal refusal)
{
    assert(refusal < REFUSAL_COUNT);

    return words[refusal].code;
}

const char *refusal_text(enum refusal refusal)
{
    assert(refusal < REFUSAL_COUNT);

    return words[refusal].text;
}

enum refusal refusal_of_code(const char *code)
{
    for (unsigned i = 0; i < REFUSAL_COUNT; i++)
        if (strcmp(words[i].code, code) == 0)
            return (enum refusal)i;
    return REFUSAL_COUNT;
}

void refuse(struct participant_answer *answer, enum refusal refusal)
{
    participant_reject(answer, refusal_code(refusal), refusal_text(refusal));
}
