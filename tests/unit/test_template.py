from __future__ import annotations

import pytest

from feeder.parse.writing.template import without_code, without_tags
from linear import in_linear_time


def test_tags_are_left_out_and_variables_stay() -> None:
    body = "{% include a.html %}\ntext{% x %}\n{:.lead}\n{{< figure >}} {{% note %}}\n{{ page.title }}\nend"
    assert without_tags(body) == "text\n{{ page.title }}\nend"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('a {{< ref "b.md" >}} c', "a  c"),
        ("a {/* b */} c", "a  c"),
        ("a `{% b %}` {% c %}", "a `{% b %}` "),
        ("[a](b){:.c} *d*{: #e}", "[a](b) *d*"),
        ("[a]({{ site.url }}/b) [c]({% link d.md %})", "[a](/b) [c]()"),
        ("[1]: {{ site.url }}/b", "[1]: /b"),
        ("# A {#b}", "# A"),
        ("## A {: .b}  ", "## A"),
        ("A {#b} {:.c}", "A {#b} {:.c}"),
        ("    {% a %}", "    {% a %}"),
        ("{{ a }} {% b", "{{ a }} {% b"),
        (":::note", ""),
        ("::: tip Mind the gap", "\n**Mind the gap**\n"),
        (":::tip[Mind the gap]", "\n**Mind the gap**\n"),
        (":::: {.note}", ""),
        ("a ::: b", "a ::: b"),
    ],
)
def test_of_a_line_its_text_stays(line: str, kept: str) -> None:
    assert without_tags(f"x {{% y %}}\n{line}") == f"x \n{kept}"


def test_a_tag_may_have_several_lines() -> None:
    body = 'a\n{{< figure\n  src="b"\n>}}\nc\n{% include d\n\ne %}'
    assert without_tags(body) == "a\nc\n{% include d\n\ne %}"


@pytest.mark.parametrize("mark", ["* TOC\n{:toc}", "1. Contents\n{: toc .x}", "[TOC]", "[[_TOC_]]"])
def test_the_mark_of_the_contents_is_left_out(mark: str) -> None:
    assert without_tags(f"a\n{mark}\nb") == "a\nb"


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("{% highlight ruby %}", "{% endhighlight %}"),
        ("{%- codeblock x -%}", "{% endcodeblock %}"),
        ("{{< highlight go >}}", "{{< /highlight >}}"),
    ],
)
def test_a_listing_is_fenced_and_stays_as_it_is(begin: str, end: str) -> None:
    fence = "`" * 8
    assert without_tags(f"{begin}\n{{% a %}}\n{begin}\n{end}\n{{% b %}}\n{end}") == (
        f"{fence}\n{{% a %}}\n{begin}\n{fence}"
    )


def test_what_stands_in_a_fence_or_is_code_stays() -> None:
    body = "~~~~\n{% a %}\n~~~\n{% b %}\n~~~~\n{% c %}\n    {% d %}\n```js\n{:e}\n"
    assert without_tags(body) == body.replace("{% c %}\n", "")


@pytest.mark.parametrize(
    "piece",
    ["{% ", "{%%}", "{{< ", "{:", "{{<>}} {%", "`", "{/*", "]({{", "{{<\n", "{%\na ", "- \n{:toc", ":::[", "# {#"],
)
def test_no_repetition_of_tags_takes_long(piece: str) -> None:
    in_linear_time(lambda: without_tags(piece * 50_000))


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
