"""C: servers whose text is wrong."""

from __future__ import annotations

from faults import fault, rewriting
from right_stream import Stream


@fault("C2")
@fault("C2", profile="generic")
def begins_with_a_mark(stream: Stream) -> None:
    stream.opening = b"\xef\xbb\xbf:\n"


rewriting("C1", "writes_latin_1", lambda frame: frame.replace(b"Storm", b"St\xf6rm").replace(b"curs", b"c\xfcrs", 1))
rewriting("C3a", "ends_lines_in_a_carriage_return", lambda frame: frame.replace(b"\n", b"\r"))
rewriting("C3a", "ends_one_line_in_a_carriage_return", lambda frame: frame.replace(b"\ndata", b"\rdata"))
rewriting("C3b", "mixes_line_ends", lambda frame: frame.replace(b"\ndata", b"\r\ndata"), "WARN")
rewriting("C4", "ends_events_twice", lambda frame: frame + b"\n", "WARN")
rewriting("C5a", "breaks_its_json", lambda frame: frame.replace(b"{", b"{\ndata: "))
rewriting("C5a", "writes_no_json", lambda frame: frame.replace(b"data: {", b"data: "))
rewriting("C6", "writes_no_space", lambda frame: frame.replace(b": ", b":"), "WARN")
rewriting("C6", "writes_two_spaces", lambda frame: frame.replace(b"event: ", b"event:  "))
rewriting("C9", "lets_data_become_a_field", lambda frame: frame.replace(b", ", b"\nid: 1\ndata: "))
rewriting("C9", "has_a_control_character_in_a_name", lambda frame: frame.replace(b"event: ", b"event: \x01"))
rewriting("C10", "has_a_nul_in_an_id", lambda frame: frame.replace(b"id: ", b"id: \0"))
rewriting("C10", "has_ids_of_json", lambda frame: frame.replace(b"id: ", b'id: [{"at":'), "WARN")
rewriting("C10", "has_long_ids", lambda frame: frame.replace(b"id: ", b"id: " + b"0" * 128), "WARN")
rewriting(
    "C10", "has_empty_ids", lambda frame: frame.replace(b"id: right", b"id: \nevent: x\ndata: x\n\nid: right"), "WARN"
)
rewriting("C11", "has_a_retry_of_words", lambda frame: b"retry: 5s\n" + frame)
rewriting("C11", "has_a_retry_of_a_millisecond", lambda frame: b"retry: 1\n" + frame, "WARN")
rewriting("C12", "has_events_without_data", lambda frame: frame.replace(b"data: ", b": "))
rewriting("C12", "sends_ids_alone", lambda frame: b"id: right.4\n\n" + frame, "WARN")
rewriting("C13", "has_fields_of_its_own", lambda frame: b"time: noon\n" + frame)
rewriting("C13", "does_not_split_its_data", lambda frame: frame.replace(b", ", b",\n"))
rewriting("C14", "calls_an_event_error", lambda frame: frame.replace(b"event: checkpoint", b"event: error"))
