"""The settings, section by section; the text of each is what the JSON Schema and the settings file say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from feeder.config import values


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(_Section):
    """Who publishes, and where readers find it."""

    title: str = Field("feeder", description="The site's name; the title of the feed of everything.")
    description: str = Field("", description="One sentence on what is published here.")
    base_url: Annotated[str, BeforeValidator(values.base_url)] = Field(
        "",
        description="The address that readers use, without a slash at its end; every link is made from it. "
        "Empty: the address that the service listens on.",
    )
    live: bool = Field(
        default=True,
        description="Whether a service answers at that address. Off, for a site that is only written as files "
        "(feeder publish --site): no feed names a live stream or a hub of our own.",
    )
    language: str = Field("", description="The language of the site as a BCP 47 tag (en, pt-BR); empty: not said.")
    author: str = Field("", description="Who is named where an article names nobody; empty: the title.")
    rights: str = Field("", description="The copyright line of every feed.")
    icon: str = Field("", description="The address of a square picture of the site.")
    timezone: Annotated[str, BeforeValidator(values.zone)] = Field(
        "UTC", description="Dates and times that are written without a zone are of this one, never of the host's."
    )


class Seeds(_Section):
    """The folder of articles, and when it is looked at."""

    path: values.Place = Field("seeds", description="The folder; it is only ever read.")
    scan: Annotated[str, BeforeValidator(values.schedule)] = Field(
        "30s",
        description='How often the whole folder is looked at: an interval ("30s", "5m") or a cron line in the '
        "site's zone. Where the system tells of changes, a look follows at once; this one is the safety net.",
    )
    notify: bool = Field(
        default=True,
        description="Listen to what the system tells of the folder. Off: only the scan looks, and a file is taken "
        "in when two looks agree.",
    )
    settle_seconds: values.Seconds = Field(
        1, description="Where the system does not tell who is writing: two looks this far apart must agree."
    )
    grace_seconds: values.Seconds = Field(
        30, description="How long a file may stay open without a change, or look cut off, before it is judged as it is."
    )
    withdraw: bool = Field(
        default=False,
        description="Whether a deleted file, or one that was written over with another story, retracts its article.",
    )
    withdraw_grace_seconds: values.Seconds = Field(
        60,
        description="How long a file must be away to count as deleted, and how long a story that was written over may "
        "turn up in another file.",
    )


class Feeds(_Section):
    """The feed files."""

    path: values.Place = Field("feeds", description="The folder they are written to.")
    entries: PositiveInt = Field(50, description="How many articles a feed shows.")
    archive_entries: PositiveInt = Field(
        100,
        description="How many articles a page of a feed's archive holds. Another number makes other pages, and readers "
        "that walk through an archive begin anew.",
    )
    formats: Annotated[tuple[str, ...], BeforeValidator(values.formats)] = Field(
        ("rss", "atom", "json"), min_length=1, description="The formats that are written."
    )


class ConfiguredFeed(_Section):
    """One more feed: the articles that agree with all that it names of section, tag, language, author and query.

    With none of them it has every article. As many of these tables as you like; they stand at the end of the file.
    """

    name: Annotated[str, BeforeValidator(values.feed_name)] = Field(
        description="Its address is /feeds/NAME.rss: lower-case letters, digits and hyphens, at most 63. It wins over "
        'a section of that name; "all" sets title, size, formats and picture of the feed of everything.',
        examples=["harbour"],
        pattern=r"^[a-z0-9-]{1,63}$",
    )
    title: str = Field("", description="Its title; empty: the site's, and its name.", examples=["From the harbour"])
    description: str = Field("", description="One sentence on it; empty: the site's.")
    section: Annotated[str, values.meant("section")] = Field(
        "", description="Only articles of this section, or of one below it.", examples=["world"]
    )
    tag: Annotated[str, values.meant("tag")] = Field(
        "", description="Only articles with this keyword.", examples=["ferries"]
    )
    language: Annotated[str, BeforeValidator(values.language)] = Field(
        "", description="Only articles in this language (en, pt-BR); en stands for en-GB too.", examples=["en"]
    )
    author: Annotated[str, values.meant("author")] = Field(
        "", description="Only articles by this author.", examples=["Ana Pérez"]
    )
    query: Annotated[str, values.meant("query")] = Field(
        "",
        description='Only articles that a search would find: words, "phrases", OR, -not, title: section: tag: author: '
        "language:.",
        examples=['ferry OR "night boat" -strike'],
    )
    entries: PositiveInt | None = Field(
        None, description="How many articles it shows; left out: feeds.entries.", examples=[20]
    )
    formats: Annotated[tuple[str, ...] | None, BeforeValidator(values.formats)] = Field(
        None,
        min_length=1,
        description="Its formats, of those of feeds.formats; left out: all of these.",
        examples=[["rss", "json"]],
    )
    icon: Annotated[str, BeforeValidator(values.picture)] = Field(
        "",
        description="The address of a square picture; empty: the site's.",
        examples=["https://news.example/boat.png"],
    )

    @property
    def filters(self) -> dict[str, str]:
        """What it names of what articles must agree with."""
        named = {key: getattr(self, key) for key in ("section", "tag", "language", "author", "query")}
        return {key: value for key, value in named.items() if value}

    @model_validator(mode="after")
    def _all_is_of_everything(self) -> Self:
        if self.name == "all" and self.filters:
            raise ValueError(f'"all" is the feed of everything, and cannot have {next(iter(self.filters))!r}')
        return self


class Store(_Section):
    """Where the log of events and the articles are kept."""

    url: Annotated[str, BeforeValidator(values.store_url)] = Field(
        "sqlite:///data/feeder.db",
        description="The store. Left out, it lies in the data folder; three slashes are relative, four absolute.",
    )
    retention_days: float = Field(
        0,
        ge=0,
        le=36_500,
        allow_inf_nan=False,
        description="How long events can be replayed, in days; 0 keeps them all. Articles stay in any case.",
    )


class Data(_Section):
    """The service's own folder."""

    path: values.Place = Field("data", description="It holds the store, and the addresses of the running instance.")


class Server(_Section):
    """The public listener."""

    host: values.Place = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port; 0 takes a free one.")
    trusted_proxies: Annotated[tuple[str, ...], BeforeValidator(values.networks)] = Field(
        (),
        description="Addresses and networks of proxies of yours in front of the service (10.0.0.5, fd00::/8). Where "
        "something is limited for each address, theirs does not count, but the one that they name in X-Forwarded-For "
        "or Forwarded.",
    )
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="How many processes serve the public. 1: the service does it itself. More share the port, and the "
        "service only writes; more than the machine has cores do no good.",
    )


class Operator(_Section):
    """The operator's listener: health, metrics and the commands; never for the public."""

    listen: Annotated[str, BeforeValidator(values.address)] = Field(
        "127.0.0.1:8001", description='HOST:PORT, or "off". If the default port is taken, another one is used.'
    )


class Stream(_Section):
    """The live stream."""

    heartbeat_seconds: values.SomeSeconds = Field(15, description="The longest silence on a stream; more than 0.")
    max_listeners: int = Field(20000, ge=0, description="How many may listen at once; 0 sets no limit.")
    max_per_address: int = Field(
        100,
        ge=0,
        description="How many of them from one address, of IPv6 from one /64; 0 sets no limit. This machine itself is "
        "not counted, nor is a proxy of server.trusted_proxies.",
    )
    lifetime_seconds: values.Seconds = Field(
        3600, description="About how long a connection lasts before the client is asked to come back; 0 sets no limit."
    )
    drain_seconds: values.Seconds = Field(
        5, description="How long saying goodbye may take when the service stops; 0 does not wait."
    )
    write_deadline_seconds: values.Seconds = Field(
        30, description="How long a client may leave what was sent to it unread; 0 sets no limit."
    )


class Websub(_Section):
    """WebSub: subscribers are told the moment that a feed changes."""

    hub: Annotated[str, BeforeValidator(values.hub)] = Field(
        "self",
        description='Who tells them: "self", our own hub at /hub; the address of another hub, which we tell; "", '
        "nobody.",
    )
    allow: Annotated[tuple[str, ...], BeforeValidator(values.peers)] = Field(
        (),
        description="HOST:PORT of callbacks in private networks that our hub may call all the same; by default it "
        "calls public addresses only.",
    )


class Limits(_Section):
    """What a file may cost."""

    file_bytes: PositiveInt = Field(64 * 1024 * 1024, description="A larger file is refused unread.")
    dump_bytes: PositiveInt = Field(
        16 * 1024 * 1024 * 1024,
        description="Likewise, of a format that is read an article at a time: JSON, feeds, WordPress exports, NewsML, "
        "mail, the text formats of wires, .gz.",
    )
    media_bytes: PositiveInt = Field(
        100 * 1024 * 1024, description="A larger image, recording or document beside an article is not shown."
    )
    article_bytes: PositiveInt = Field(
        1024 * 1024, description="A longer body of one article, in bytes of UTF-8, is refused."
    )
    html_bytes: PositiveInt = Field(256 * 1024, description="A longer body in HTML is kept as plain text.")
    html_depth: PositiveInt = Field(256, description="Likewise one whose tags are nested deeper than this.")
    html_tags: PositiveInt = Field(20_000, description="Likewise one with more tags.")
    parse_seconds: values.SomeSeconds = Field(
        30, description="How long reading one file, or a part of a long one, may take; then its worker is killed."
    )
    parse_memory_bytes: NonNegativeInt = Field(
        2 * 1024 * 1024 * 1024, description="How much memory (address space) a worker may have; 0 does not limit it."
    )
    parse_workers: NonNegativeInt = Field(
        0, description="How many files are read side by side; 0: one for each core, up to four."
    )


class Log(_Section):
    """What the service says of itself."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least important line shown.")
    format: Literal["auto", "console", "json"] = Field(
        "auto", description="auto: for people at a terminal, JSON lines elsewhere."
    )


class Settings(_Section):
    """All settings of a service."""

    site: Site = Site()
    seeds: Seeds = Seeds()
    feeds: Feeds = Feeds()
    data: Data = Data()
    store: Store = Store()
    server: Server = Server()
    operator: Operator = Operator()
    stream: Stream = Stream()
    websub: Websub = Websub()
    limits: Limits = Limits()
    log: Log = Log()
    feed: Annotated[tuple[ConfiguredFeed, ...], BeforeValidator(values.tables)] = Field(
        (), description="Feeds of your choice, besides those of everything and of each section."
    )

    @model_validator(mode="after")
    def _feeds_agree(self) -> Self:
        named: dict[str, int] = {}
        for number, feed in enumerate(self.feed, 1):
            first = named.setdefault(feed.name, number)
            if first != number:
                raise ValueError(f"[[feed]] {number} ({feed.name!r}): the same name is that of [[feed]] {first}")
            unwritten = [name for name in feed.formats or () if name not in self.feeds.formats]
            if unwritten:
                written = ", ".join(self.feeds.formats)
                raise ValueError(
                    f"[[feed]] {number} ({feed.name!r}): the format {unwritten[0]!r} is not among those of "
                    f"feeds.formats ({written}); add it there"
                )
        return self

    @property
    def store_url(self) -> str:
        """The store's URL; unless it was set, it lies in the data folder."""
        if "url" in self.store.model_fields_set:
            return self.store.url
        return f"sqlite:///{Path(self.data.path) / 'feeder.db'}"

    @property
    def media_path(self) -> str:
        """Where the files that articles show are kept."""
        return str(Path(self.data.path).absolute() / "media")
