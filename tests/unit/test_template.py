from __future__ import annotations

from time import perf_counter

import pytest

from feeder.parse.template import without_code, without_tags


def test_lines_of_tags_are_left_out_and_tags_within_a_line_stay() -> None:
    body = "{% include a.html %}\ntext {% x %}\n{:.lead}\n{{< figure >}} {{% note %}}\n{{ page.title }}\nend"
    assert without_tags(body) == "text {% x %}\n{{ page.title }}\nend"


def test_what_stands_in_a_fence_or_is_code_stays() -> None:
    body = "~~~~\n{% a %}\n~~~\n{% b %}\n~~~~\n{% c %}\n    {% d %}\n```js\n{:e}\n"
    assert without_tags(body) == body.replace("{% c %}\n", "")


@pytest.mark.parametrize("piece", ["{% ", "{%%}", "{{< ", "{:", "{{<>}} {%", "`"])
def test_no_repetition_of_tags_takes_long(piece: str) -> None:
    start = perf_counter()
    without_tags(piece * 50_000)
    assert perf_counter() - start < 2


def test_the_code_that_an_mdx_body_begins_with_is_left_out() -> None:
    code = "import A from 'a'\nimport {\n  B,\n} from 'b'\n\nexport const c = {\n  d: 1,\n}\nexport default D\n"
    assert without_code(code + "\nText.\nimport A from 'a'\n") == "Text.\nimport A from 'a'\n"
    assert without_code(code.replace("default D", "default () => 1") + "\nText.\nimport E from 'e'") == (
        "Text.\nimport E from 'e'"
    )


@pytest.mark.parametrize(
    "text", ["import duties are up\n", "export is down, import too.\n", "export default rates rose\n"]
)
def test_sentences_and_fences_are_no_code(text: str) -> None:
    assert without_code(text) == text
