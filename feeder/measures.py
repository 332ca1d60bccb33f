"""The counters of the roads as the operator's listener shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.store import Status
from feeder.web import Measure
from feeder.web.connections.doors import DOORS
from feeder.web.quick import QUICK
from feeder.websub import Hub, Result, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp.web import AppRunner

    from feeder.ingest import Ingest
    from feeder.publish import Publisher
    from feeder.websub import OuterHub


def of_door(public: AppRunner) -> Iterator[Measure]:
    """What the public listener was asked."""
    if public.server is not None:
        yield Measure("requests", "counter", "Requests to the public address.", public.server.requests_count)
    quick = public.app[QUICK].answered
    yield Measure("requests_quick", "counter", "Those of them that the short cut for feeds answered.", quick)
    doors = public.app[DOORS]
    yield Measure("requests_late", "counter", "Connections whose request did not come in time.", doors.heads.missed)
    about = "Connections that were let go at once, as there were too few open files left."
    yield Measure("connections_refused", "counter", about, doors.refused)


def of_publisher(publisher: Publisher) -> Iterator[Measure]:
    """What the road out to files has counted."""
    yield Measure("feeds", "gauge", "Feeds that are published.", len(publisher.feeds()))
    yield Measure("feed_renders", "counter", "Feed documents rendered.", publisher.renders)
    yield Measure("feed_writes", "counter", "Feed files written.", publisher.writes)
    yield Measure("feed_failures", "counter", "Feeds that could not be published.", publisher.failures)
    yield Measure("feed_entries_left_out", "counter", "Entries that a format could not show.", publisher.left_out)


def of_ingest(ingest: Ingest) -> Iterator[Measure]:
    """What the road in has counted, and what became of the files that are known."""
    files = ingest.files()
    for status in Status:
        yield Measure("files", "gauge", "Known files by what became of them.", files[status], {"status": status})
    for status in Status:
        taken = ingest.counts[status]
        yield Measure("files_taken", "counter", "Files taken in, by what became of them.", taken, {"status": status})
    yield Measure("files_waiting", "gauge", "Files seen that are not finished.", len(ingest.waiting))
    yield Measure("files_missing", "gauge", "Known files that are not in the folder.", len(ingest.missing.paths))
    partly = sum(mark.refused_count > 0 for mark in ingest.refused())
    yield Measure("files_partly_refused", "gauge", "Known files of which some records, not all, are refused.", partly)
    refused = ingest.records_refused
    yield Measure("records_refused", "counter", "Records refused while others of their files were taken.", refused)
    yield Measure("looks", "counter", "Looks at the seeds folder.", ingest.looks)


def of_websub(hub: Hub | OuterHub) -> Iterator[Measure]:
    """What was delivered to WebSub's subscribers, or told the hub of others; and what our own hub was asked."""
    deliveries = hub.deliveries
    yield Measure("websub_subscriptions", "gauge", "Subscriptions that are delivered to.", len(deliveries))
    yield Measure("websub_failing", "gauge", "Subscriptions that did not take the last delivery.", deliveries.failing)
    for result in Result:
        told = deliveries.counts[result]
        yield Measure("websub_deliveries", "counter", "Deliveries, by what became of them.", told, {"outcome": result})
    if not isinstance(hub, Hub):
        return
    yield Measure("websub_waiting", "gauge", "Requests that wait for their verification.", hub.waiting)
    for answer, count in sorted(hub.requests.items()):
        yield Measure("websub_requests", "counter", "Requests, by how they were answered.", count, {"outcome": answer})
    for outcome in Verification:
        found = hub.verifications[outcome]
        yield Measure("websub_verifications", "counter", "Requests verified, by outcome.", found, {"outcome": outcome})
