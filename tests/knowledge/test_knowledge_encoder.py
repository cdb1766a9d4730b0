"""The embedded model: loads offline, without torch, knows words of both languages, is the same in sentence-transformers."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.settings import Settings
from knowledge.embedded import MODEL_FILE, EmbeddedEncoder, load_tables
from knowledge.encoder import load_encoder

TEXTS = [
    "반품은 며칠까지 돼요?",
    "how long do refunds take?",
    "XL 사이즈 있어요? refund please",
    "현금영수증",
    "🙂",
    "",
]


def similarity(encoder: EmbeddedEncoder, left: str, right: str) -> float:
    a, b = encoder.encode([left, right])
    return float(a @ b)


def test_vectors_are_unit_rows_and_empty_ones_zero(encoder: EmbeddedEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 0, 0], atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("적립금", "포인트", "배송"),
        ("택배비 얼마예요", "배송비 얼마예요", "쿠폰 얼마예요"),
        ("물건이 깨져서 왔어요", "불량 상품", "회원 가입"),
        ("voucher", "coupon", "delivery"),
        ("postage", "shipping cost", "password"),
        ("refunded", "refunds", "earrings"),
    ],
)
def test_words_of_the_shop_are_near_their_synonyms(encoder: EmbeddedEncoder, word: str, near: str, far: str) -> None:
    assert similarity(encoder, word, near) > similarity(encoder, word, far) + 0.2


def test_compounds_unknown_to_the_tables_are_taken_apart(encoder: EmbeddedEncoder) -> None:
    assert similarity(encoder, "커피포장지", "커피 포장") > 0.5


def test_threads_get_the_same_vectors(encoder: EmbeddedEncoder) -> None:
    alone = encoder.encode(TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for vectors in pool.map(lambda _: encoder.encode(TEXTS), range(40)):
            np.testing.assert_array_equal(vectors, alone)


def test_the_model_file_stays_small_and_in_eight_bits() -> None:
    assert MODEL_FILE.stat().st_size < 20_000_000
    tables = load_tables()
    assert tables.ko.rows.dtype == tables.en.rows.dtype == np.int8
    assert len(tables.ko.keys) == len(set(tables.ko.keys)) == len(tables.ko.rows)
    assert len(tables.en.keys) == len(set(tables.en.keys)) == len(tables.en.rows)


def test_saving_gives_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "vectors.npz"
    load_tables().save(copy)
    assert copy.read_bytes() == MODEL_FILE.read_bytes()


def test_the_embedded_model_needs_neither_torch_nor_a_network(settings: Settings) -> None:
    program = (
        "import sys\n"
        "sys.addaudithook(lambda event, _: sys.exit(event) if event == 'socket.connect' else None)\n"
        "from knowledge.embedded import EmbeddedEncoder\n"
        "import knowledge.live\n"
        "assert EmbeddedEncoder().encode(['반품 return']).any()\n"
        "print([name for name in ('torch', 'sentence_transformers', 'sklearn') if name in sys.modules])\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    assert load_encoder(settings) is load_encoder(settings)


def test_sentence_transformers_gives_the_same_vectors(encoder: EmbeddedEncoder) -> None:
    from knowledge.sentence_model import embedded_sentence_transformer

    model = embedded_sentence_transformer()
    assert model.get_embedding_dimension() == encoder.dim
    np.testing.assert_allclose(model.encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)


def test_another_model_is_one_setting_away(settings: Settings) -> None:
    from knowledge.build_english import model_folder

    settings.embedding.model = str(model_folder())
    encoder = load_encoder(settings)
    vectors = encoder.encode(["where is my parcel", "has my order shipped", "I like cats"])
    assert vectors.shape == (3, encoder.dim)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
