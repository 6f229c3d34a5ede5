"""Ports: named by settings, refused with a sentence, free ones for tests."""

import socket
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from stack import ports
from stack.errors import PortTaken, StackError
from stack.ports import HOST, Ports, free_port, is_free, kafka_width


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("name", ["web", "wishes", "postgres", "kafka"])
def test_a_port_in_use_gets_one_sentence_with_the_port_and_the_setting(
    name: str, taken: int
) -> None:
    ports = Ports(**{**asdict(Ports.free()), name: taken})
    with pytest.raises(PortTaken) as caught:
        ports.check()
    sentence = str(caught.value)
    assert "\n" not in sentence
    for language in sentence.split(" / "):
        assert str(taken) in language
        assert f"WISHTREE_PORT_{name.upper()}" in language


def test_the_controllers_ports_count_as_kafkas(taken: int) -> None:
    ports = Ports(**{**asdict(Ports.free()), "kafka": taken - 1})
    with pytest.raises(PortTaken, match="WISHTREE_PORT_KAFKA"):
        ports.check()


def test_settings_move_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISHTREE_PORT_WEB", "18000")
    assert Ports.from_environment() == Ports(web=18000)


@pytest.mark.parametrize("text", ["http", "0", "-1", "70000", "80.5"])
def test_a_port_that_is_none_names_its_setting(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WISHTREE_PORT_POINTS", text)
    with pytest.raises(StackError, match=f"WISHTREE_PORT_POINTS={text}"):
        Ports.from_environment()


@pytest.mark.parametrize("brokers", [1, 3])
def test_free_ports_are_free_and_distinct(brokers: int) -> None:
    ports = Ports.free(brokers)
    ports.check(brokers)
    kafka = set(range(ports.kafka, ports.kafka + kafka_width(brokers)))
    others = [port for name, port in asdict(ports).items() if name != "kafka"]
    assert len({*others, *kafka}) == len(others) + len(kafka)


def test_what_was_given_to_somebody_is_given_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two stacks that start together chose the same port before either listened on it."""
    given = free_port(2)
    monkeypatch.setattr(ports.random, "sample", lambda *_, k: [given - 1, given, given + 1])
    with pytest.raises(StackError, match="No free ports"):
        free_port(2)
    assert is_free(given)


def test_a_listening_port_is_not_free(taken: int) -> None:
    assert not is_free(taken)
    assert free_port() != taken
