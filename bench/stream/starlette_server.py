"""The stream by sse-starlette on uvicorn, as its manual has it: a queue for each listener. Usage: PROGRAM PORT."""

import asyncio
import itertools
import sys
from collections import deque

import uvicorn
from sse_starlette.sse import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

KEPT = 1000
log = deque(maxlen=KEPT)
listeners = set()
numbers = itertools.count(1)


async def publish(request):
    event = {"id": str(next(numbers)), "event": "published", "data": (await request.body()).decode()}
    log.append(event)
    for queue in listeners:
        queue.put_nowait(event)
    return Response(status_code=202)


async def events(request):
    queue = asyncio.Queue()
    last = request.headers.get("last-event-id")
    for event in log if last else ():
        if int(event["id"]) > int(last):
            queue.put_nowait(event)
    listeners.add(queue)

    async def stream():
        try:
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    return EventSourceResponse(stream(), sep="\n")


async def page(_):
    return Response(b" " * 1000, media_type="application/json")


routes = [Route("/publish", publish, methods=["POST"]), Route("/events", events), Route("/feeds/all.json", page)]
uvicorn.run(
    Starlette(routes=routes), port=int(sys.argv[1]), access_log=False, log_level="error", backlog=4096, loop="uvloop"
)
