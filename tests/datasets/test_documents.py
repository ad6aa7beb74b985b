"""Texts, a document a line: what is read of them, and the one sentence for what cannot be."""

import math
from pathlib import Path

import pytest

from micrograd_tui.datasets import TEXTS, BadData
from micrograd_tui.datasets.documents import Documents, guessing_loss, read_documents, tokenise


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "lines.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_bundled_names_are_about_five_thousand_with_source_and_licence() -> None:
    names = TEXTS["names"].build()

    assert len(names.texts) == TEXTS["names"].n == 5163
    assert names.characters == tuple("abcdefghijklmnopqrstuvwxyz")
    assert "Census" in names.source
    assert "public domain" in names.licence


@pytest.mark.parametrize(
    "text", ["ab\ncd\n", "ab\r\ncd", "\ufeffab\n\n cd \n".replace(" ", ""), "ab  \n\ncd"]
)
def test_a_document_is_a_line_whatever_ends_it(tmp_path: Path, text: str) -> None:
    assert read_documents(written(tmp_path, text)).texts == ("ab", "cd")


def test_the_vocabulary_is_what_occurs(tmp_path: Path) -> None:
    assert read_documents(written(tmp_path, "né e\nzé\n")).characters == (" ", "e", "n", "z", "é")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty but for blank lines"),
        ("one\n", "there is one line only"),
        ("ok\n" + "a" * 10_000, "line 2 has 10,000 characters"),
        ("\n".join(map(chr, range(0x4E00, 0x4E00 + 5000))), "there are 5,000 different characters"),
        (b"ab\n\xff\xfe", "line 2 is not UTF-8"),
        ("a\0b\nc", "NUL"),
    ],
)
def test_what_is_no_text_is_one_sentence(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    with pytest.raises(BadData) as refusal:
        read_documents(written(tmp_path, text))

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert "lines.txt" in str(refusal.value)


def test_a_document_begins_and_ends_with_a_token_of_its_own() -> None:
    tokens = tokenise(Documents("t", "", ("ab", "ba")), 16, validation=0)

    assert tokens.train == (((2.0, 0.0, 1.0, 2.0), 0.0), ((2.0, 1.0, 0.0, 2.0), 0.0))


def test_documents_longer_than_the_context_are_cut_and_it_says_so() -> None:
    tokens = tokenise(Documents("t", "", ("ab", "aba", "abab")), 3, validation=0)

    assert [len(x) for x, _ in tokens.train] == [4, 4, 4]
    assert "2 of 3 documents are longer than the context of 3 and cut there." in tokens.notes


def test_some_are_held_out_the_same_ones_for_a_seed() -> None:
    names = TEXTS["names"].build()

    once, again, other = (tokenise(names, 16, seed=seed) for seed in (1, 1, 2))

    assert (len(once.train), len(once.validation)) == (4130, 1033)
    assert once.validation == again.validation != other.validation


def test_never_is_all_held_out() -> None:
    assert len(tokenise(Documents("t", "", ("a", "b")), 4, validation=0.99).train) == 1


@pytest.mark.parametrize(("context", "validation"), [(0, 0.2), (-1, 0.2), (4, 1.0), (4, math.nan)])
def test_a_context_or_a_validation_part_that_cannot_be_is_refused(
    context: int, validation: float
) -> None:
    with pytest.raises(BadData, match=r"context|validation"):
        tokenise(Documents("t", "", ("a", "b")), context, validation)


def test_guessing_by_frequency_is_what_a_model_has_to_beat() -> None:
    rows = [((2.0, 0.0, 2.0), 0.0), ((2.0, 1.0, 2.0), 0.0)]

    assert guessing_loss(rows, 3) == pytest.approx((math.log(2) + math.log(4)) / 2)
