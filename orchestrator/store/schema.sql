-- The store's tables. docs/reference/journal.md explains every column; keys have a table per day beside these.

-- The journal: never changed, never deleted.
CREATE TABLE event (
    stream   INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    body     BLOB    NOT NULL,
    digest   BLOB    NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID, STRICT;

-- Apart from the journal, so that one can be erased while the chain of digests still verifies.
CREATE TABLE payload (
    stream   INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    data     BLOB    NOT NULL,
    PRIMARY KEY (stream, sequence)
) WITHOUT ROWID, STRICT;

-- Derived: what a saga came to, for questions.
CREATE TABLE saga (
    number     INTEGER PRIMARY KEY,
    nonce      INTEGER NOT NULL,
    tenant     TEXT    NOT NULL,
    definition TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    phase      INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    live       INTEGER NOT NULL
) STRICT;

-- Recovery reads the live sagas, however many finished ones lie between them.
CREATE INDEX saga_live ON saga (number) WHERE live = 1;
