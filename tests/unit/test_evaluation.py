"""`dangol eval`'s measures over small hand-made lines, and its files; scikit-learn agrees where it has the measure."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sklearn.metrics import f1_score

from actions.changing import ACTING, may_change_store
from actions.handlers import HANDLERS, INTENTS
from dangol.evaluation.comparing import compare
from dangol.evaluation.heard import Articles, Heard, Outcome, Verdict
from dangol.evaluation.labelled import Line, Span, read_files
from dangol.evaluation.limits import failures, read_limits
from dangol.evaluation.measures import Document
from dangol.evaluation.picture import draw
from dangol.evaluation.run import measure
from dangol.evaluation.seen import mark_seen, training_sentences
from dangol.evaluation.tables import all_tables, markdown, print_tables
from dangol.evaluation.writing import write
from dangol.progress import CommandError


def line(text: str = "hi", number: int = 1, **labels: object) -> Line:
    return Line("set.jsonl", number, text, **{"language": "en", **labels})  # type: ignore[arg-type]


def heard(
    of: Line, intent: str = "greet", confidence: float = 0.9, *, fallback: bool = False, entities: tuple[Span, ...] = (),
    topics: tuple[str, ...] = (), verdict: Verdict = "none", outcome: Outcome = "answered", changes: tuple[str, ...] = (),
) -> Heard:  # fmt: skip
    ranked = tuple((topic, 0.9 - 0.1 * rank) for rank, topic in enumerate(topics))
    articles = Articles(ranked, verdict, 1.0)
    return Heard(of, intent, confidence, fallback, entities, 2.0, articles, outcome, changes)


def write_lines(folder: Path, *rows: object) -> Path:
    path = folder / "set.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


INTENT_ROWS = [
    heard(line(intent="greet", style="polite"), "greet", 0.95),
    heard(line(intent="greet", style="slang"), "thank", 0.35, fallback=True),
    heard(line(intent="thank", style="slang"), "thank", 0.85),
    heard(line("고마워", intent="thank", language="ko"), "goodbye", 0.75),
    heard(line("잘 가", intent="goodbye", language="ko"), "goodbye", 0.55),
]


def intents_document() -> Document:
    document = measure(INTENT_ROWS)["intents"]
    assert document is not None
    return dict(document)


# ---------------------------------------------------------------- reading
def test_a_mixed_file_is_read_with_languages_detected(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path,
        {"text": "로즈 토너 담아줘", "intent": "add_to_cart", "entities": [{"entity": "product", "raw": "로즈 토너"}]},
        "",
        {"text": "when does it ship", "topic": "dispatch", "overlap": "low", "style": "casual"},
        {"text": "날씨 어때", "expect": "no_action", "kind": "out_of_scope"},
        {"text": "?!", "intent": "nlu_fallback", "language": "en"},
        {"text": "!!", "intent": "nlu_fallback"},
    )
    lines = read_files([path])
    assert [(one.number, one.language) for one in lines] == [(1, "ko"), (3, "en"), (4, "ko"), (5, "en"), (6, "ko")]
    assert lines[0].entities == (("product", "로즈 토너"),)
    assert lines[1].topic == "dispatch"
    assert lines[1].entities is None
    assert lines[2].no_action


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{", "line 2"),
        ([], "not a JSON object"),
        ({"intent": "greet"}, "`text`"),
        ({"text": "hi"}, "none of"),
        ({"text": "hi", "intent": 3}, "`intent` is not a text"),
        ({"text": "hi", "expect": "anything"}, "only"),
        ({"text": "hi", "expect": "no_action", "topic": "a"}, "together"),
        ({"text": "hi", "intent": "greet", "language": "fr"}, "`language`"),
        ({"text": "hi", "topic": "a", "entities": []}, "without an `intent`"),
        ({"text": "hi", "intent": "greet", "entities": [{"entity": "product"}]}, "{`entity`, `raw`}"),
        ({"text": "hi", "intent": "greet", "entities": [{"entity": "product", "raw": "mug"}]}, "not in the text"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, row: object, told: str) -> None:
    path = write_lines(tmp_path, {"text": "hi", "intent": "greet"}, row)
    with pytest.raises(CommandError, match="line 2") as error:
        read_files([path])
    assert told in str(error.value)


def test_files_that_say_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no labelled line"):
        read_files([write_lines(tmp_path, "")])
    with pytest.raises(CommandError, match=r"missing\.jsonl"):
        read_files([tmp_path / "missing.jsonl"])


# ---------------------------------------------------------------- measures
def test_intents() -> None:
    document = intents_document()
    assert (document["accuracy"]["hits"], document["accuracy"]["count"]) == (3, 5)
    assert document["fallback"]["hits"] == 1
    assert document["answered_accuracy"]["value"] == 0.75
    assert document["by_language"]["ko"]["accuracy"]["value"] == 0.5
    assert document["by_language"]["en"]["by_style"]["slang"]["accuracy"]["value"] == 0.5
    assert [(one["labelled"], one["understood"]) for one in document["confusions"]] == [
        ("greet", "thank"),
        ("thank", "goodbye"),
    ]
    labels, guesses = [row.line.intent for row in INTENT_ROWS], [row.intent for row in INTENT_ROWS]
    assert document["macro_f1"] == pytest.approx(f1_score(labels, guesses, average="macro"), abs=1e-4)


def test_entities_are_counted_by_name_and_words() -> None:
    document = measure(
        [
            heard(line(intent="a", entities=(("product", "mug"), ("quantity", "two"))), entities=(("product", "mug"),)),
            heard(line(intent="a", entities=(("product", "cup"),)), entities=(("product", "tea cup"),)),
            heard(line(intent="a", entities=()), entities=(("colour", "red"),)),
            heard(line(intent="a"), entities=(("size", "not labelled, not measured"),)),
        ]
    )["entities"]
    assert document is not None
    assert (document["right"], document["wrong"], document["missed"]) == (1, 2, 2)
    assert document["f1"] == pytest.approx(1 / 3, abs=1e-4)
    assert document["by_entity"]["product"]["precision"] == 0.5
    assert "size" not in document["by_entity"]
    assert document["whole_messages"]["hits"] == 0


def test_the_same_words_twice_are_two_entities() -> None:
    twice = (("size", "M"), ("size", "M"))
    document = measure([heard(line(intent="a", entities=twice), entities=twice[:1])])["entities"]
    assert document is not None
    assert (document["right"], document["missed"]) == (1, 1)


def test_topics() -> None:
    document = measure(
        [
            heard(line(topic="fee", overlap="high"), topics=("fee", "time"), verdict="answer"),
            heard(line(topic="fee", overlap="low"), "ask_faq", topics=("time", "fee"), verdict="answer"),
            heard(line(topic="fee", overlap="low"), topics=("a", "b", "c"), verdict="ask", fallback=True),
            heard(line(topic="fee"), verdict="none"),
        ]
    )["topics"]
    assert document is not None
    assert [document[name]["hits"] for name in ("recall_at_1", "recall_at_3", "answer", "ask", "decline")] == [
        1,
        2,
        2,
        1,
        1,
    ]
    assert document["wrong_answers"]["hits"] == 1
    assert document["taken_for_question"]["hits"] == 2
    assert document["by_language"]["en"]["by_overlap"]["low"]["recall_at_3"]["value"] == 0.5


def test_no_action() -> None:
    document = measure(
        [
            heard(line(no_action=True, kind="nonsense"), outcome="declined"),
            heard(line(no_action=True, kind="other_shop"), "add_to_cart", outcome="acted", changes=("add_to_cart",)),
            heard(line(no_action=True, kind="other_shop"), outcome="answered"),
            heard(line(intent="add_to_cart"), "add_to_cart", outcome="acted", changes=("add_to_cart",)),
        ]
    )["no_action"]
    assert document is not None
    assert document["false_actions"]["hits"] == 1
    assert document["turned_away"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert document["changes"] == {"add_to_cart": 1}
    assert document["by_language"]["en"]["by_kind"]["other_shop"]["false_actions"]["hits"] == 1


def test_what_is_wrong_is_listed_with_its_line() -> None:
    wrong = measure(
        [
            *INTENT_ROWS,
            heard(line(number=9, topic="fee"), topics=("time",)),
            heard(line(number=10, no_action=True), "reorder", outcome="acted", changes=("reorder",)),
        ]
    )["misunderstood"]
    assert [(one["measure"], one["understood"]) for one in wrong] == [
        ("intent", "thank"), ("intent", "goodbye"), ("topic", "time"), ("no_action", "acted: reorder"),
    ]  # fmt: skip
    assert wrong[-1]["line"] == 10


def test_measures_without_a_label_are_absent() -> None:
    document = measure([heard(line(intent="greet"))])
    assert document["topics"] is None
    assert document["no_action"] is None
    assert document["entities"] is None


# ---------------------------------------------------------------- lines that were trained on
def test_lines_that_were_trained_on_are_marked(tmp_path: Path) -> None:
    (tmp_path / "greet.yml").write_text(
        "nlu:\n- intent: greet\n  examples: |\n    - Hi, there!\n    - ㅎㅇ\n    - ...\n"
    )
    trained = training_sentences(tmp_path)
    lines = [
        line("hi there", intent="greet"),
        line("ㅎㅇ!!", intent="greet"),
        line("?!", no_action=True),
        line("hi there", topic="fee"),
    ]
    assert [one.seen for one in mark_seen(lines, trained, set())] == [True, True, False, False]
    assert [one.seen for one in mark_seen(lines, set(), trained)] == [False, False, False, True]


def test_figures_are_given_without_what_was_trained_on() -> None:
    document = measure(
        [heard(line(intent="greet", seen=True)), heard(line(intent="greet")), heard(line(intent="thank"))]
    )["intents"]
    assert document is not None
    assert (document["accuracy"]["hits"], document["unseen"]["accuracy"]["hits"]) == (2, 1)
    assert document["by_language"]["en"]["unseen"]["accuracy"]["count"] == 2
    nothing_new = measure([heard(line(intent="greet", seen=True))])["intents"]
    assert nothing_new is not None
    assert nothing_new["unseen"] is None


# ---------------------------------------------------------------- two models
def test_a_difference_is_told_from_chance() -> None:
    lines = [line(number=number, intent="greet") for number in range(30)]
    first = [heard(one, "thank" if one.number < 12 else "greet") for one in lines]
    second = [heard(one, "thank" if one.number == 20 else "greet") for one in lines]
    [whole, english] = compare(first, second)
    assert (whole["part"], english["part"]) == ("all", "en")
    assert (whole["gained"], whole["lost"]) == (12, 1)
    assert whole["significant"]
    assert whole["p"] == pytest.approx(2 * 0.00341797, abs=1e-4)  # twice, for two rows
    same = compare(first, first)
    assert [(row["p"], row["significant"]) for row in same] == [(1.0, False), (1.0, False)]


# ---------------------------------------------------------------- limits
def test_limits() -> None:
    document = {"intents": intents_document(), "topics": None, "no_action": None, "entities": None}
    assert failures(document, read_limits(["accuracy=0.6", "accuracy.ko=0.5"])) == []
    told = failures(document, read_limits(["accuracy=0.61", "accuracy.ko=0.9", "recall_at_1=0.1"]))
    assert [one.partition(" ")[0].rstrip(":") for one in told] == ["accuracy", "accuracy.ko", "recall_at_1"]


@pytest.mark.parametrize(
    "text", ["accuracy", "accuracy=x", "accuracy=95", "speed=1", "accuracy.fr=0.9", "accuracy=nan"]
)
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="--fail-under"):
        read_limits([text])


def test_harmless_is_the_share_without_a_false_action() -> None:
    acted = heard(line(no_action=True), "reorder", outcome="acted", changes=("reorder",))
    document = measure([acted, heard(line(no_action=True), outcome="declined")])
    assert failures(document, read_limits(["harmless=0.5"])) == []
    assert failures(document, read_limits(["harmless=1"])) == ["harmless is 0.5000, below 1"]


# ---------------------------------------------------------------- which intents act
def test_acting_intents_exist_and_below_their_threshold_they_do_not_act() -> None:
    assert set(INTENTS) & HANDLERS.keys() >= ACTING
    assert may_change_store("add_to_cart", 0.99, "두 개 담아줘")
    assert not may_change_store("add_to_cart", 0.5, "두 개 담아줘")
    assert not may_change_store("add_to_cart", 1.0, "담지 마세요")
    assert not may_change_store("ask_points", 1.0, "포인트")
    # Out of a task with a confirmation nothing happens in the first turn.
    assert not may_change_store("cancel_order", 1.0, "취소")


# ---------------------------------------------------------------- what people read
def whole_document() -> Document:
    rows = [
        *INTENT_ROWS,
        heard(line(intent="greet", seen=True)),
        heard(line("a | b [c]", intent="a", entities=(("size", "b"),)), "greet", entities=(("size", "c"),)),
        heard(line("=SUM(1)", topic="fee", overlap="low"), topics=("time",), verdict="answer"),
        heard(line(no_action=True, kind="nonsense"), outcome="declined"),
    ]
    model = {
        "file": "models/dangol.tar.gz",
        "megabytes": 20.0,
        "trained_at": "2026-11-21T23:00+00:00",
        "current": False,
    }
    document = {
        "made_at": "2026-11-22T00:00:00+00:00", "model": model, "files": {"set.jsonl": len(rows)}, "seen": 1,
        "machine": {"system": "Linux", "processor": "Quick", "cores": 2, "load": 0.5},
        "knowledge": {"from": "store", "encoder": "embedded", "answer_threshold": 0.6, "ask_threshold": 0.2},
        **measure(rows),
    }  # fmt: skip
    document["compared"] = {"model": {**model, "file": "models/other.tar.gz"}, "differences": compare(rows, rows)}
    return document


def test_the_files_of_a_report(tmp_path: Path) -> None:
    document = whole_document()
    write(document, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == document
    told = (tmp_path / "out" / "report.md").read_text()
    assert "a \\| b [c]" in told
    assert "NOT trained" in told
    rows = (tmp_path / "out" / "misunderstood.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("file,line,language")
    assert any(",'=SUM(1)," in row for row in rows)  # no formula
    picture = ElementTree.fromstring((tmp_path / "out" / "report.svg").read_text())
    assert picture.tag.endswith("svg")


def test_every_table_has_as_many_cells_as_columns() -> None:
    for table in all_tables(whole_document()):
        assert {len(row) for row in table.rows} <= {len(table.columns)}, table.title


def test_the_picture_names_things_in_both_languages() -> None:
    picture = draw(whole_document())
    assert "의도: 정확도" in picture
    assert "Intents: accuracy" in picture


def test_the_terminal_shows_a_text_with_brackets_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables(whole_document())
    assert "a | b [c]" in capsys.readouterr().out


def test_markdown_of_a_model_alone() -> None:
    document = whole_document()
    del document["compared"]
    assert "Second model" not in markdown(document)
