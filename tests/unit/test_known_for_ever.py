"""What an article is known by, over varied files: if any of it changes, every site sends its articles out again."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest

from feeder.errors import SeedError
from feeder.identity import mint
from feeder.limits import Limits
from feeder.normalize import normalize
from feeder.parse.seed import PARSER

BODY = (
    "Engineers closed the bridge on Tuesday after a lorry had hit its northern gate.\n\n"
    "The city said that it would be open again on Friday."
)
FILES = {
    "plain": f" date 2019-04-30 Bridge closed\n\n{BODY}\n",
    "line ends of DOS and a mark": f"\ufeffdate: 2019-04-30 Bridge closed\n\n{BODY}\n".replace("\n", "\r\n"),
    "entities stay": f"date 2019-04-30 Fish & chips <b>now</b>\n\n1 < 2 & 3 > 2, he said.\n\n{BODY}",
    "wrapped": "date 2019-04-30 Bridge\n\nIt was shut\nat  noon\ton Tuesday.\n\n  It opens\u00a0again.\n",
    "a byline": f"date 2019-04-30 Bridge\n\nBy ANN EXAMPLE, Associated Press\n\n{BODY}",
    "a moment": f"date 2019-04-30T12:30:00+02:00 Bridge\n\n{BODY}",
    "an English day": f"date April 30, 2019: Bridge\n\n{BODY}",
    "hidden": f"date 2019-04-30 Br\u202eid\u200bge \u2013 Zoe\u0308\n\nA\u200db \x07c\u2028d\n\n{BODY}",
    "German": (
        "date 2019-04-30 Brücke gesperrt\n\n"
        "Die Brücke über den Fluss ist am Dienstag gesperrt worden, nachdem ein Lastwagen gegen sie gefahren war."
    ),
    "Russian": (
        "date 2019-04-30 Мост закрыт\n\nМост через реку закрыли во вторник после того, как в него врезался грузовик."
    ),
    "Chinese": "date 2019-04-30 大桥关闭\n\n一辆卡车中午撞上大桥北门后，\n大桥关闭。\n\n工程师预计今晚开放一条车道。",
    "Persian": "date 2019-04-30 پل بسته شد\n\nعابران می\u200cتوانند از آن بگذرند و پل پس از تعمیر دوباره باز خواهد شد.",
    "emoji": f"date 2019-04-30 \U0001f469\u200d\U0001f467 \U0001f1fb\U0001f1ea\n\n{BODY}",
}
PINNED = {
    "plain": ("2019-04-30-bridge-closed", "929e6fde-b0b7-5a3f-94a2-cbe723173b24", "b777b56beac701e07f29dca39c353e60"),
    "line ends of DOS and a mark": (
        "2019-04-30-bridge-closed",
        "929e6fde-b0b7-5a3f-94a2-cbe723173b24",
        "b777b56beac701e07f29dca39c353e60",
    ),
    "entities stay": (
        "2019-04-30-fish-chips-b-now-b",
        "19f31c4a-80a0-508f-b11c-d7e6d081a49f",
        "b5ca49580d600090b264fce8ce3c80b4",
    ),
    "wrapped": ("2019-04-30-bridge", "9ecf9dda-fc3f-5cad-b487-b72deaac4b3c", "9f1cb0f42fc000dfd1a233e7a7cc97c4"),
    "a byline": ("2019-04-30-bridge", "3061b43d-772c-569a-ba5d-8da8d6814081", "c38878c556b3b177ddfb46202fc79c7e"),
    "a moment": ("2019-04-30-bridge", "c420acf3-d530-5cfc-9250-c71775223ac6", "d0022f49c3a8f2bf4f6cc45966889b3f"),
    "an English day": ("2019-04-30-bridge", "3061b43d-772c-569a-ba5d-8da8d6814081", "0e641bed410146c316e249f2b27894f1"),
    "hidden": ("2019-04-30-bridge-zoe", "b144b333-c304-5287-9ee5-9a435ca34ab0", "bfef5300f43123ddbf45e7f62f1ce0d6"),
    "German": (
        "2019-04-30-brucke-gesperrt",
        "f57ad73e-c475-5906-85fa-466cf0a97019",
        "4e888d214f3910d1cb381a27a9e8dbf0",
    ),
    "Russian": ("2019-04-30-most-zakryt", "b8cd33df-2e6a-5f86-8c7b-95603836f0b5", "e42943687a2b2fddac25fa7b81ba462e"),
    "Chinese": (
        "2019-04-30-da-qiao-guan-bi",
        "a1d42dba-3ac3-5a9f-b201-ebefc536191a",
        "be33f30290b945844b13bae97cb0dad3",
    ),
    "Persian": ("2019-04-30-pl-bsth-shd", "a87e72d8-310f-5040-bd2e-472a189e0276", "465abaa7c175f766feac0888cf62e91c"),
    "emoji": ("2019-04-30", "65daa2b8-abd1-5206-8a46-6c24f1cc1a50", "d3b50586b1fe1ff2b55b4b756778a4e8"),
}


@pytest.mark.parametrize("name", FILES)
def test_names_ids_and_digests_stay_for_ever(name: str) -> None:
    (draft,) = PARSER.parse("world/a.txt", io.BytesIO(FILES[name].encode()))
    assert not isinstance(draft, SeedError)
    zone = ZoneInfo("America/New_York")
    article = normalize(draft, name="world/a.txt", format="seed", zone=zone, limits=Limits())
    assert article.id == mint(article.content_key)
    assert (article.slug, article.id.removeprefix("urn:uuid:"), article.digest[:32]) == PINNED[name]
