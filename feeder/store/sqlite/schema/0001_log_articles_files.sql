-- The numbered log, the latest state of each article, and what became of each file.
-- Moments are microseconds since 1970 in UTC. Paths are bytes, as the file system has them.
-- This file is never edited once it has been released; the next change is 0002.

PRAGMA application_id = 0x66656564; -- "feed": tells our files from other people's

-- The head of the log. Numbers come from here and not from the table, so that none is ever given out twice.
CREATE TABLE head (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq      INTEGER NOT NULL, -- the last number given out
    at       INTEGER NOT NULL, -- its moment; no later event is before it
    oldest   INTEGER NOT NULL  -- the first number that is still kept
) STRICT;

INSERT INTO head VALUES (1, 0, 0, 1);

-- Each run of a writer; it ends where the next one begins.
CREATE TABLE epochs (
    ordinal INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE,
    first   INTEGER NOT NULL
) STRICT;

CREATE TABLE articles (
    num              INTEGER PRIMARY KEY, -- the order of first acceptance, without a gap
    id               TEXT    NOT NULL UNIQUE,
    slug             TEXT    NOT NULL UNIQUE,
    own_id           INTEGER NOT NULL,
    state            TEXT    NOT NULL CHECK (state IN ('shown', 'withdrawn', 'killed')),
    version          INTEGER NOT NULL,
    declared_version INTEGER,
    content_key      TEXT    NOT NULL,
    digest           TEXT    NOT NULL,
    correction       TEXT,
    expires          INTEGER,
    seq              INTEGER NOT NULL, -- its latest event, which holds its record
    shelves          TEXT    NOT NULL, -- those of its latest version, as a JSON array of names
    ever             TEXT    NOT NULL, -- all that it ever stood on: a retraction concerns them
    sketch           TEXT    NOT NULL, -- of its text (likeness.py), while it is shown
    leaves           INTEGER           -- when it goes if no file holds it by then; its own holds something else
) STRICT;

-- The smallest hashes of shown articles' sketches: where articles that say almost the same are looked for.
CREATE TABLE likenesses (
    hash    INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (num),
    PRIMARY KEY (hash, article)
) STRICT, WITHOUT ROWID;

-- What authors call articles besides the id that each was published with.
CREATE TABLE names (
    id         TEXT    PRIMARY KEY,
    article    INTEGER REFERENCES articles (num), -- none: it was withdrawn before it came
    superseded INTEGER NOT NULL,                  -- it is the name of an earlier version
    version    INTEGER                            -- that was withdrawn
) STRICT, WITHOUT ROWID;

CREATE INDEX articles_by_content ON articles (content_key);
CREATE INDEX articles_shown ON articles (seq) WHERE state = 'shown';
CREATE INDEX articles_gone ON articles (seq) WHERE state != 'shown';
CREATE INDEX articles_to_expire ON articles (expires) WHERE state = 'shown' AND expires IS NOT NULL;
CREATE INDEX articles_to_leave ON articles (leaves) WHERE leaves IS NOT NULL;

-- What versions of articles say, as record.py writes it. Each row is that of one event, or of one record that waits,
-- and goes with it (contents.py; a foreign key would need an index on every column that names it).
CREATE TABLE contents (
    num     INTEGER PRIMARY KEY,
    article BLOB    NOT NULL
) STRICT;

-- What is kept of those that are gone for good, retracted or forgotten (feeder/query/traces.py): by article, so that
-- its events share it.
CREATE TABLE traces (
    article   INTEGER PRIMARY KEY REFERENCES articles (num),
    languages TEXT    NOT NULL, -- JSON arrays
    sections  TEXT    NOT NULL,
    facets    BLOB    NOT NULL,
    words     BLOB    NOT NULL
) STRICT;

CREATE TABLE events (
    seq       INTEGER PRIMARY KEY,
    epoch     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('published', 'updated', 'corrected', 'retracted')),
    article   INTEGER NOT NULL REFERENCES articles (num),
    version   INTEGER NOT NULL,
    shelves   TEXT    NOT NULL, -- those that it concerns, as a JSON array of names
    departed  TEXT    NOT NULL, -- those of them that its article leaves
    reason    TEXT,
    backfill  INTEGER NOT NULL,
    retracted INTEGER NOT NULL,
    content   INTEGER -- none for a retraction and what it retracted
) STRICT;

CREATE INDEX events_of_article ON events (article);

-- How the stream tells of the events that have their content (lines.py), of those that are still read as the log.
CREATE TABLE lines (
    seq  INTEGER PRIMARY KEY,
    form TEXT    NOT NULL, -- how it is written; empty: not yet, or the event is told in another way since
    line BLOB    NOT NULL  -- empty where it cannot be written
) STRICT;

CREATE INDEX lines_by_form ON lines (form);

-- A line says what its event says, and goes with its content, whoever changes that.
CREATE TRIGGER lines_refiled AFTER UPDATE OF shelves, departed ON events
BEGIN UPDATE lines SET form = '' WHERE seq = old.seq; END;
CREATE TRIGGER lines_taken_back AFTER UPDATE OF content, retracted ON events
BEGIN DELETE FROM lines WHERE seq = old.seq; END;

-- The log as it is read.
CREATE VIEW log AS
SELECT events.seq, epoch, at, kind, id, slug, events.version, events.shelves, departed, contents.article AS record,
    reason, backfill, retracted
FROM events JOIN articles ON articles.num = events.article LEFT JOIN contents ON contents.num = events.content;

-- Where the articles of feeds stand: every section that there ever was, and every configured feed (=NAME).
CREATE TABLE shelves (
    name    TEXT    PRIMARY KEY,
    title   TEXT    NOT NULL, -- a section's, as last written
    seq     INTEGER NOT NULL, -- the newest event that concerned it
    wanted  TEXT,             -- which articles a configured feed has, as a JSON object; empty: it is being forgotten
    defined INTEGER NOT NULL, -- the newest event when that was said
    filled  INTEGER           -- the last article that was asked whether it is wanted; none: all
) STRICT, WITHOUT ROWID;

-- Which articles stand or stood on a shelf, each in its place for ever: in order of its first coming, without a gap.
CREATE TABLE shelved (
    shelf   TEXT    NOT NULL,
    place   INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (num),
    seq     INTEGER NOT NULL, -- the newest event of the article that concerned the shelf
    gone    INTEGER,          -- its moment, if the article left by it
    reason  TEXT,             -- why, if it was retracted
    PRIMARY KEY (shelf, place)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX shelved_shown ON shelved (shelf, seq) WHERE gone IS NULL;
CREATE UNIQUE INDEX shelved_gone ON shelved (shelf, seq) WHERE gone IS NOT NULL;
CREATE INDEX shelved_once ON shelved (article) WHERE gone IS NOT NULL;

CREATE TABLE files (
    num        INTEGER PRIMARY KEY,
    path       BLOB    NOT NULL UNIQUE,
    look       TEXT    NOT NULL, -- size, mtime_ns, ctime_ns, inode (a JSON array: an inode may exceed 63 bits)
    sha256     TEXT    NOT NULL,
    format     TEXT,
    records    INTEGER NOT NULL, -- how many articles it holds
    status     TEXT    NOT NULL,
    reason     TEXT,
    refusal    TEXT,             -- why all of it was refused: reason, line, offset, record (a JSON array)
    remark     TEXT,             -- why it is no article; or how many records were refused while others were taken, and
                                 -- the first of them (a JSON array: the reason or null, the number, refusals as above)
    first_seen INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    missing_since INTEGER         -- since when it has not been in the folder; none while it is there
) STRICT;

CREATE VIEW marks AS
SELECT num, path, look, sha256, status, format, refusal, reason, first_seen, tries, missing_since, remark
FROM files;

-- Which record of which file is which article.
CREATE TABLE filings (
    file    INTEGER NOT NULL REFERENCES files (num) ON DELETE CASCADE,
    record  INTEGER NOT NULL, -- its number from 1, negative for a former one
    article INTEGER REFERENCES articles (num),
    copied  TEXT,             -- the content that it only copies; the record does not hold the article then
    former  INTEGER NOT NULL, -- of what the file held before it was read again, until that is accepted
    status  TEXT    NOT NULL,
    reason  TEXT,
    fingerprint BLOB,         -- of the record as it was read, where its file has several
    PRIMARY KEY (file, record)
) STRICT, WITHOUT ROWID;

CREATE INDEX filings_of_article ON filings (article) WHERE article IS NOT NULL;
CREATE INDEX filings_former ON filings (article) WHERE former = 1;
CREATE INDEX filings_of_print ON filings (file, fingerprint) WHERE fingerprint IS NOT NULL;

-- What was read of files and is not accepted yet: embargoed, or waiting for its turn.
CREATE TABLE staged (
    num       INTEGER PRIMARY KEY,
    file      INTEGER NOT NULL REFERENCES files (num) ON DELETE CASCADE,
    record    INTEGER NOT NULL,
    path      BLOB    NOT NULL,
    published INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    backfill  INTEGER NOT NULL,
    content_key TEXT  NOT NULL, -- its article's
    sketch    TEXT    NOT NULL, -- likewise
    content   INTEGER NOT NULL,
    fingerprint BLOB,           -- as in filings
    UNIQUE (file, record)
) STRICT;

CREATE INDEX staged_by_date ON staged (published, path, record, due);
CREATE INDEX staged_by_due ON staged (due, path);
CREATE INDEX staged_by_content ON staged (content_key);

-- What was read so far of files that are being read in parts; it is staged when the last part is there.
CREATE TABLE incoming (
    file      INTEGER NOT NULL REFERENCES files (num) ON DELETE CASCADE,
    record    INTEGER NOT NULL,
    same      INTEGER,          -- the record of the file as it was that says word for word the same
    published INTEGER NOT NULL,
    due       INTEGER NOT NULL,
    content_key TEXT  NOT NULL,
    sketch    TEXT    NOT NULL,
    content   INTEGER, -- none where it is the same
    fingerprint BLOB  NOT NULL,
    PRIMARY KEY (file, record)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX incoming_same ON incoming (file, same) WHERE same IS NOT NULL;

-- Which kept files (SHA256.EXT) shown articles show.
CREATE TABLE media (
    name    TEXT    NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (num),
    PRIMARY KEY (name, article)
) STRICT, WITHOUT ROWID;

CREATE INDEX media_of_article ON media (article);

-- The files that files of articles show, or would if they were there: when one of these changes, so does the article.
CREATE TABLE companions (
    file INTEGER NOT NULL REFERENCES files (num) ON DELETE CASCADE,
    path BLOB    NOT NULL,
    PRIMARY KEY (file, path)
) STRICT, WITHOUT ROWID;

CREATE INDEX companions_by_path ON companions (path);

-- Who is told of which feed document over WebSub, and how far.
CREATE TABLE subscriptions (
    num      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: what was under way for one is not another's
    callback TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    suffix   TEXT    NOT NULL,
    secret   BLOB,
    expires  INTEGER,          -- none: the hub of others, told for as long as it is configured
    seq      INTEGER NOT NULL, -- the last event of the document that was delivered last
    failing  INTEGER NOT NULL,
    UNIQUE (callback, feed, suffix)
) STRICT;

-- What was asked of the hub and is not confirmed yet.
CREATE TABLE intents (
    num      INTEGER PRIMARY KEY AUTOINCREMENT,
    callback TEXT    NOT NULL,
    feed     TEXT    NOT NULL,
    suffix   TEXT    NOT NULL,
    lease_seconds INTEGER, -- none: to be told no more
    secret   BLOB,
    seq      INTEGER NOT NULL, -- the last event of the document when it was asked for
    UNIQUE (callback, feed, suffix)
) STRICT;

-- The full-text index, a reader of the log (search_index.py). It only finds candidates: feeder/query says what matches.
-- Which version of which article it has; places are in order of date, so that the newest are found first.
CREATE TABLE indexed (
    place   INTEGER PRIMARY KEY, -- the article's row in ``words``
    article INTEGER NOT NULL UNIQUE REFERENCES articles (num),
    seq     INTEGER NOT NULL     -- the event that brought the version
) STRICT;

-- The words themselves, as search_terms.py writes them, parted by spaces; the texts are in ``contents``.
CREATE VIRTUAL TABLE words USING fts5 (
    said, title, authors, facets, content = '', columnsize = 0, tokenize = "ascii tokenchars '+#=-_'"
);

CREATE TABLE indexing (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    seq      INTEGER NOT NULL, -- the last event that the index has read
    form     TEXT    NOT NULL, -- how its words are written; where that is another now, it is made anew
    unswept  INTEGER NOT NULL  -- words of retracted stories may still be on the disk
) STRICT;

INSERT INTO indexing VALUES (1, 0, '', 0);
