from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bot.rasa_process import RasaProcess, running_rasa


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaProcess]:
    """One Rasa for all tests of this folder."""
    with running_rasa(tmp_path_factory.mktemp("rasa")) as process:
        yield process


@pytest.fixture
def rasa(served: RasaProcess) -> Iterator[RasaProcess]:
    """Rasa with an action server that works, whatever the test before did to it."""
    served.actions.failing = False
    served.actions.calls.clear()
    yield served
    served.actions.stop()
    served.actions.start()
