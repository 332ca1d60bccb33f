"""Event streams and UTF-8 as their specifications spell them out, step by step, slow and literal: an oracle.

It takes a whole stream at once and shares no idea with the reader that it judges: decoded first, then a character at a
time.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Interpretation:
    """HTML 9.2.6, "interpreting an event stream". An event is (type, data, last event ID)."""

    last_id_buffer: str = ""
    data_buffer: str = ""
    type_buffer: str = ""
    last_id: str = ""
    reconnection_time: int | None = None
    comments: int = 0
    events: list[tuple[str, str, str]] = field(default_factory=list)

    def line(self, line: str) -> None:
        if line == "":
            self.dispatch()
        elif line[0] == ":":
            self.comments += 1
        elif ":" in line:
            name = line[: line.index(":")]
            value = line[line.index(":") + 1 :]
            if value[:1] == " ":
                value = value[1:]
            self.process(name, value)
        else:
            self.process(line, "")

    def process(self, name: str, value: str) -> None:
        if name == "event":
            self.type_buffer = value
        elif name == "data":
            self.data_buffer += value
            self.data_buffer += "\n"
        elif name == "id":
            if "\0" not in value:
                self.last_id_buffer = value
        elif name == "retry" and value != "" and all(character in "0123456789" for character in value):
            self.reconnection_time = int(value)

    def dispatch(self) -> None:
        self.last_id = self.last_id_buffer
        if self.data_buffer == "":
            self.type_buffer = ""
            return
        if self.data_buffer[-1] == "\n":
            self.data_buffer = self.data_buffer[:-1]
        self.events.append((self.type_buffer or "message", self.data_buffer, self.last_id))
        self.data_buffer = ""
        self.type_buffer = ""


def interpret(stream: bytes, last_id: str = "") -> Interpretation:
    """All that a stream says; what stands behind its last line end is discarded."""
    told = Interpretation(last_id_buffer=last_id, last_id=last_id)
    characters, line, position = utf8_decode(stream), "", 0
    while position < len(characters):
        character = characters[position]
        position += 1
        if character not in "\r\n":
            line += character
            continue
        if character == "\r" and characters[position : position + 1] == "\n":
            position += 1
        told.line(line)
        line = ""
    return told


def utf8_decode(stream: bytes) -> str:  # noqa: C901 - as the specification writes it
    """Encoding 6, "UTF-8 decode": a byte order mark goes, then 8.1.1, the UTF-8 decoder, with replacement."""
    if stream[:3] == b"\xef\xbb\xbf":
        stream = stream[3:]
    found, position = "", 0
    code_point = seen = needed = 0
    lower, upper = 0x80, 0xBF
    while position < len(stream):
        byte = stream[position]
        if needed == 0:
            position += 1
            if byte <= 0x7F:
                found += chr(byte)
            elif 0xC2 <= byte <= 0xDF:
                needed, code_point = 1, byte & 0x1F
            elif 0xE0 <= byte <= 0xEF:
                lower, upper = (0xA0 if byte == 0xE0 else 0x80), (0x9F if byte == 0xED else 0xBF)
                needed, code_point = 2, byte & 0xF
            elif 0xF0 <= byte <= 0xF4:
                lower, upper = (0x90 if byte == 0xF0 else 0x80), (0x8F if byte == 0xF4 else 0xBF)
                needed, code_point = 3, byte & 0x7
            else:
                found += "\ufffd"
        elif not lower <= byte <= upper:
            found += "\ufffd"  # and the byte is looked at again
            code_point = seen = needed = 0
            lower, upper = 0x80, 0xBF
        else:
            position += 1
            lower, upper = 0x80, 0xBF
            code_point = (code_point << 6) | (byte & 0x3F)
            seen += 1
            if seen == needed:
                found += chr(code_point)
                code_point = seen = needed = 0
    return found + ("\ufffd" if needed else "")
