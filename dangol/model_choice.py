"""`dangol model use`: another embedding model, checked, calibrated and compared before it is set."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from core.language import LOCALES
from core.settings import Settings
from crm_store import db
from crm_store.articles.models import Article
from crm_store.articles.queries import list_published
from dangol.progress import CommandError, say
from knowledge.articles import read_articles
from knowledge.calibrate import calibrate, held_out, read_questions, read_strangers
from knowledge.calibration_kept import keep_calibration
from knowledge.embedded import EmbeddedEncoder
from knowledge.encoder import EMBEDDED, Encoder
from knowledge.faq import LocaleIndex, Published

VARIABLE = "DANGOL_EMBEDDING__MODEL"
# With fewer topics in a language chances cannot be fitted on a tenth held out.
ENOUGH_TOPICS = 20
_SENTENCE = "반품은 며칠까지 돼요? how long do I have to send it back?"


class _Remembering:
    """An encoder that embeds a text once: the same ones come again for each measure."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self.dim = encoder.name, encoder.dim
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 [texts, dim]."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._known]:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else np.zeros((0, self.dim), np.float32)


def use_model(settings: Settings, model: str) -> None:
    """Set the embedding model in `.env`. CommandError, with nothing changed, where it does not work."""
    if model != EMBEDDED:
        model = _named(model)
        say(f"loading {model} (a hub that does not answer is given up after two minutes)")
        chosen = _Remembering(load_checked(model))
        articles, source = articles_to_fit(settings)
        say(f"calibrating it on {len(articles)} articles of {source}: two minutes")
        fitted = calibrate(articles, chosen, read_questions(), read_strangers())
        say("comparing it with the embedded model: two minutes")
        ours = _Remembering(EmbeddedEncoder())
        print("\nphrasings held out, right article first:")
        for locale in LOCALES:
            shares = (accuracy(articles, locale, encoder) for encoder in (chosen, ours))
            print(f"  {locale}  {'  '.join(f'{share:.1%}' for share in shares)}  (this model, the embedded one)")
        print(f"answers from {fitted.answer_from:.2f}, asks back from {fitted.ask_from:.2f}\n")
        keep_calibration(settings, model, fitted)
    write_setting(settings.home / ".env", VARIABLE, model)
    print(f"{VARIABLE}={model} is in {settings.home / '.env'}; it holds from the next start on")
    if os.environ.get(VARIABLE, model) != model:
        print(f"but the environment says {VARIABLE}={os.environ[VARIABLE]}, which goes first: take it out")


def _named(model: str) -> str:
    """A folder's absolute path, since processes start elsewhere; or the name as it is."""
    path = Path(model).expanduser()
    if path.is_dir():
        return str(path.resolve())
    if path.is_absolute() or model.startswith((".", "~")):
        raise CommandError(f"there is no folder {path}")
    return model


def load_checked(model: str) -> Encoder:
    """The model, after it embedded a sentence. CommandError saying why it cannot."""
    from knowledge.sentence_model import HubEncoder

    try:
        encoder = HubEncoder(model)
        vectors = encoder.encode([_SENTENCE])
    # A foreign model's files may be wrong in any way, each with an error of its own.
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        hint = "" if Path(model).is_dir() else "; offline, give the folder of a model that is at hand"
        raise CommandError(f"{model} cannot be loaded by sentence-transformers: {reason}{hint}") from error
    if vectors.shape != (1, encoder.dim) or not np.isclose(np.linalg.norm(vectors), 1, atol=1e-3):
        raise CommandError(f"{model} gives no sentence vectors")
    return encoder


def articles_to_fit(settings: Settings) -> tuple[Sequence[Published], str]:
    """The shop's published articles where there are enough in each language, else those that come with Dangol."""
    published = _published(settings)
    counts = [sum(article.locale == locale for article in published) for locale in LOCALES]
    if min(counts) >= ENOUGH_TOPICS:
        return published, "the store"
    return read_articles(), "the files that come with Dangol"


def _published(settings: Settings) -> Sequence[Published]:
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return []
    if not inspect(db.configure(settings.store_url)).has_table(Article.__tablename__):
        return []
    with db.reading() as session:
        return list(list_published(session))


def accuracy(articles: Sequence[Published], locale: str, encoder: Encoder) -> float:
    """The share of phrasings that find their article in an index without them (and a fifth of the others)."""
    group = [article for article in articles if article.locale == locale]
    cases = held_out(LocaleIndex(group, locale, encoder))
    return sum(int(case.order[0]) == case.right for case in cases) / len(cases)


def write_setting(path: Path, name: str, value: str) -> None:
    """Set one line of `.env`, or add it; everything else, and the file's mode, stays."""
    if "\n" in value or "'" in value:
        raise CommandError(f"{value!r} cannot stand in {path}")
    lines = [line for line in path.read_text().splitlines() if line.partition("=")[0].strip() != name]
    aside = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("\n".join([*lines, f"{name}='{value}'"]) + "\n")
    os.chmod(aside, path.stat().st_mode)
    os.replace(aside, path)
