"""What `dangol run` writes for supervisord and Rasa, and which ports it refuses."""

from __future__ import annotations

import configparser
import shlex
import socket
from pathlib import Path

import pytest
import yaml

from core.settings import Settings, load_settings
from dangol import ports, processes, rasa_files
from dangol.progress import CommandError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    return load_settings()


def read_conf(settings: Settings) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.read_string(processes.supervisord_conf(settings))
    return parser


def secrets_of(settings: Settings) -> list[str]:
    found = [settings.identity_secret, settings.secret_key, settings.internal_token]
    return [secret.get_secret_value() for secret in found]


def test_every_process_has_a_section_and_telegram_only_with_a_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(of: Settings) -> set[str]:
        return {name.removeprefix("program:") for name in read_conf(of).sections() if name.startswith("program:")}

    assert names(settings) == {"rasa", "actions", "web", "worker"}
    monkeypatch.setenv("DANGOL_TELEGRAM__TOKEN", "1:a")
    assert names(load_settings()) == {"rasa", "actions", "web", "worker", "telegram"}


def test_rasa_listens_on_loopback_at_the_port_set(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_RASA__PORT", "6006")
    command = shlex.split(read_conf(load_settings())["program:rasa"]["command"])
    assert command[command.index("--port") + 1] == "6006"
    assert command[command.index("--interface") + 1] == "127.0.0.1"
    assert command[command.index("--endpoints") + 1] == str(settings.var / "rasa" / "endpoints.yml")


def test_no_file_holds_a_secret(settings: Settings) -> None:
    written = [processes.write_supervisord_conf(settings), *rasa_files.write_rasa_files(settings)]
    text = "".join(path.read_text() for path in written)
    assert not [secret for secret in secrets_of(settings) if secret in text]
    assert written[0].stat().st_mode & 0o077 == 0


def test_a_percent_sign_in_a_path_is_no_expansion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path / "100%(x)s"))
    settings = load_settings()
    assert "100%%(x)s" in read_conf(settings)["program:web"]["environment"]


def test_a_socket_path_too_long_moves_to_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path / ("long" * 40)))
    assert len(str(processes.socket_path(load_settings()))) < 104


def test_rasa_keeps_its_trackers_in_a_file_of_its_own(settings: Settings) -> None:
    endpoints, _ = rasa_files.write_rasa_files(settings)
    written = yaml.safe_load(endpoints.read_text())
    assert written["tracker_store"] == {
        "type": rasa_files.TRACKER_STORE,
        "dialect": "sqlite",
        "db": str(settings.var / "rasa.db"),
    }
    assert written["action_endpoint"] == {"url": "http://127.0.0.1:5055/webhook"}


@pytest.mark.parametrize(
    "address", ["postgresql://shop:pw@db.example:5433/crm", "postgresql+psycopg://shop:pw@db.example:5433/crm"]
)
def test_on_postgres_rasa_has_a_role_of_its_own_and_its_driver(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DANGOL_DATABASE_URL", address)
    url = rasa_files.tracker_url(load_settings())
    assert url is not None
    assert url.drivername == "postgresql+psycopg2"
    assert (url.username, url.host, url.port, url.database) == ("crm_rasa", "db.example", 5433, "crm")
    assert url.password != "pw"
    assert url.query["options"] == "-csearch_path=rasa"


def test_on_postgres_endpoints_name_the_variable_that_holds_the_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGOL_DATABASE_URL", "postgresql://shop:pw@/crm?host=/run/pg")
    settings = load_settings()
    tracker = rasa_files.endpoints(settings)["tracker_store"]
    assert tracker == {"type": rasa_files.TRACKER_STORE, "dialect": "postgresql", "url": "${DANGOL_TRACKER_URL}"}
    address = rasa_files.rasa_secrets(settings)["DANGOL_TRACKER_URL"]
    assert address.startswith("postgresql+psycopg2://crm_rasa:")
    assert "host=%2Frun%2Fpg" in address


def test_a_taken_port_is_named_with_its_setting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(CommandError, match=rf"port {number}, wanted for Rasa, .* DANGOL_RASA__PORT"):
            ports.check_ports([ports.Port(number, "Rasa", "DANGOL_RASA__PORT")])


def test_one_port_for_two_is_refused() -> None:
    one, other = ports.Port(4444, "Rasa", "A"), ports.Port(4444, "the web application", "B")
    with pytest.raises(CommandError, match="port 4444 is set twice: A and B"):
        ports.check_ports([one, other])
