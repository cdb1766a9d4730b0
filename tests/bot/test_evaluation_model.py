"""`dangol eval` with the trained model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dangol.cli import app
from dangol.evaluation.understanding import understand
from dangol.progress import CommandError
from dangol.training import train_if_changed

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module", autouse=True)
def _model(tmp_path_factory: pytest.TempPathFactory) -> None:
    train_if_changed(tmp_path_factory.mktemp("model") / "train.log")


def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.tar.gz").write_bytes(b"nothing")
    with pytest.raises(CommandError, match=r"broken\.tar\.gz could not be asked"):
        understand(tmp_path / "broken.tar.gz", ["hi"])


def test_the_command_measures_a_mixed_file(tmp_path: Path) -> None:
    rows = [
        {"text": "안녕하세요\n반가워요", "intent": "greet"},
        {"text": "/restart", "intent": "out_of_scope", "language": "en"},
        {"text": "배송비 얼마예요?", "topic": "shipping-fee"},
        {"text": "where is my order DG-20251120-0001", "intent": "ask_order_status",
         "entities": [{"entity": "order_number", "raw": "DG-20251120-0001"}]},
        {"text": "half a pair \ud83d", "expect": "no_action"},
    ]  # fmt: skip
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    arguments = ["eval", str(path), "--demo", "--json", "--home", str(tmp_path / "home")]
    ran = CliRunner().invoke(app, [*arguments, "--fail-under", "recall_at_1=0.5", "--out", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.stdout)
    assert document["intents"]["accuracy"] == {"value": 1.0, "hits": 3, "count": 3, "interval": [0.4385, 1.0]}
    assert document["entities"]["f1"] == 1.0
    assert document["topics"]["recall_at_1"]["hits"] == 1
    assert document["no_action"]["false_actions"]["count"] == 1
    assert document["latency_ms"]["understanding"]["p50"] > 0
    assert (tmp_path / "out" / "report.svg").exists()
