"""Who shares the places of a host."""

import pytest

from feeder.websub.limiter import host_of


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Reader.example/a?b", "reader.example:443"),
        ("http://reader.example/", "reader.example:80"),
        ("http://127.0.0.1:8080/x", "127.0.0.1:8080"),
        ("http://127.0.0.1:8081/x", "127.0.0.1:8081"),
        ("http://[::1]:80/", "::1:80"),
    ],
)
def test_another_port_is_another_program(url: str, host: str) -> None:
    assert host_of(url) == host
