"""`dangol model`: another embedding model is checked before it is set; models are replaced whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from typer.testing import CliRunner, Result

from core.language import LOCALES
from core.settings import Settings, load_settings
from dangol import model_choice, model_training
from dangol.cli import app
from dangol.model_training import LICENCES
from dangol.progress import CommandError
from knowledge.articles import ArticleFile, read_articles
from knowledge.calibration_kept import find_calibration
from knowledge.embedded import EmbeddedEncoder
from knowledge.encoder import load_encoder
from knowledge.live import LiveKnowledge
from knowledge.sentiment import shipped_model

DIM = 24


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    # As HF_HUB_OFFLINE=1, which is read when the library is imported.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.delenv(model_choice.VARIABLE, raising=False)
    return load_settings()


@pytest.fixture(scope="module")
def few() -> list[ArticleFile]:
    """The first articles of each language, enough to fit chances on."""
    articles = read_articles()
    return [one for locale in LOCALES for one in [each for each in articles if each.locale == locale][:12]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, few: list[ArticleFile]) -> Path:
    """A sentence-transformers model of a few hundred words with vectors drawn by chance."""
    words = sorted({word for article in few for text in article.phrasings for word in text.split()})
    vocabulary = {word: row for row, word in enumerate(["[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(0).standard_normal((len(vocabulary), DIM)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu"
    )
    path = tmp_path_factory.mktemp("models") / "tiny"
    model.save(str(path))
    (path / "README.md").write_text("---\nlicense: mit\n---\n")
    return path


def dangol(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["model", *arguments])


def environment(settings: Settings) -> list[str]:
    return (settings.home / ".env").read_text().splitlines()


def test_another_model_is_calibrated_compared_and_set_and_the_shipped_one_comes_back(
    settings: Settings, folder: Path, few: list[ArticleFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_choice, "articles_to_fit", lambda _: (few, "a test"))
    secrets = environment(settings)
    done = dangol("use", str(folder))
    assert done.exit_code == 0, done.stderr
    assert "24 articles of a test" in done.stdout
    assert [line.split()[0] for line in done.stdout.splitlines() if "the embedded one" in line] == list(LOCALES)
    assert environment(settings) == [*secrets, f"DANGOL_EMBEDDING__MODEL='{folder}'"]

    chosen = load_settings()
    assert chosen.embedding.model == str(folder)
    kept = find_calibration(chosen, str(folder))
    assert kept is not None
    assert LiveKnowledge(chosen, encoder=load_encoder(chosen)).calibration == kept
    assert find_calibration(chosen, "another") is None

    told = dangol("info").stdout
    assert "mit, by its card" in told
    assert f"dimensions          {DIM}" in told
    assert f"answers from {kept.answer_from:.2f}" in told

    assert dangol("use", "embedded").exit_code == 0
    assert environment(settings) == [*secrets, "DANGOL_EMBEDDING__MODEL='embedded'"]
    assert (settings.home / ".env").stat().st_mode & 0o777 == 0o600


def empty(folder: Path) -> str:
    (folder / "empty").mkdir()
    return str(folder / "empty")


def broken(folder: Path) -> str:
    (folder / "modules.json").write_text("[")
    return str(folder)


@pytest.mark.parametrize("name", [lambda _: "no-such/model", lambda _: "./nowhere", empty, broken])
def test_a_model_that_cannot_be_loaded_changes_nothing(
    settings: Settings, tmp_path: Path, name: Callable[[Path], str]
) -> None:
    before = environment(settings)
    done = dangol("use", name(tmp_path))
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be loaded" in done.stderr or "no folder" in done.stderr
    assert environment(settings) == before


def test_the_environment_that_goes_first_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(model_choice.VARIABLE, "other")
    assert "take it out" in dangol("use", "embedded").stdout


def test_info_tells_size_thresholds_and_licence_of_the_shipped_model(settings: Settings) -> None:
    told = dangol("info").stdout
    for words in (
        "embedded",
        "384",
        "Apache-2.0",
        "answers from",
        "vectors.npz",
        "sentiment.npz",
        "tagger.npz",
        "sentences.npz",
        "Rasa model",
    ):
        assert words in told


def test_a_shop_of_few_articles_is_calibrated_on_the_shipped_ones(settings: Settings) -> None:
    articles, source = model_choice.articles_to_fit(settings)
    assert source == "the files that come with Dangol"
    assert len(articles) == len(read_articles())


def test_held_out_phrasings_find_their_article_more_often_than_by_chance(few: list[ArticleFile]) -> None:
    assert model_choice.accuracy(few, "ko", EmbeddedEncoder()) > 0.3


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the stages that ran, in order, each of which does nothing else."""
    ran: list[str] = []

    def running(name: str) -> Callable[[model_training.Work], str]:
        return lambda _: ran.append(name) or "done"  # type: ignore[func-returns-value]

    monkeypatch.setattr(model_training, "_STAGES", {name: running(name) for name in LICENCES})
    return ran


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ((), ["vectors", "calibration", "sentiment", "tagger", "sentences", "bot"]),
        (("--only", "bot", "--only", "vectors"), ["vectors", "bot"]),
    ],
)
def test_stages_run_in_the_order_they_build_on_each_other(
    settings: Settings, stages: list[str], asked: Sequence[str], wanted: list[str]
) -> None:
    done = dangol("train", *asked)
    assert done.exit_code == 0, done.stderr
    assert stages == wanted
    assert "Apache-2.0" in done.stdout


def test_a_corpus_has_to_exist_and_to_be_of_use(settings: Settings, stages: list[str], tmp_path: Path) -> None:
    assert "no file" in dangol("train", "--corpus", str(tmp_path / "none.tsv")).stderr
    (tmp_path / "some.tsv").write_text("1\tbad\n")
    assert "is for sentiment" in dangol("train", "--only", "bot", "--corpus", str(tmp_path / "some.tsv")).stderr
    assert stages == []


def test_sentiment_is_left_alone_without_a_corpus_and_trained_where_it_is_asked_for(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge import sentiment_train

    model = tmp_path / "sentiment.npz"
    monkeypatch.setattr(model_training, "SENTIMENT_FILE", model)

    def train_files(files: Sequence[Path], out: Path) -> None:
        assert all(file.is_file() for file in files)
        shipped_model().save(out)

    monkeypatch.setattr(sentiment_train, "train_files", train_files)
    stages = {name: model_training._STAGES[name] if name == "sentiment" else lambda _: "done" for name in LICENCES}
    monkeypatch.setattr(model_training, "_STAGES", stages)
    assert "left as it is" in dangol("train").stdout
    assert not model.exists()
    told = dangol("train", "--only", "sentiment").stdout
    assert "changed" in told
    assert "shop reviews right: ko 0." in told
    assert model.exists()


def test_a_model_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    assert "changed" in model_training.replaced(path, lambda aside: aside.write_bytes(b"new"))
    assert "same bytes" in model_training.replaced(path, lambda aside: aside.write_bytes(b"new"))

    def failing(aside: Path) -> None:
        aside.write_bytes(b"half")
        raise CommandError("no")

    with pytest.raises(CommandError):
        model_training.replaced(path, failing)
    assert [file.name for file in tmp_path.iterdir()] == ["model.npz"]
    assert path.read_bytes() == b"new"
