"""How text becomes words, and what people mean: pure, so Hypothesis may try anything."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel import ids
from quanshi.search.rules import asking, mending
from quanshi.search.rules.asking import Entry, Vocabulary
from quanshi.search.rules.bands import bands
from quanshi.search.rules.folding import fold, runs, stem
from quanshi.search.rules.spelling import gaps, is_one_slip
from quanshi.search.rules.words import Group, ProductText, document_words, quoted, vector

LETTERS = st.text(alphabet="abcdefg", min_size=4, max_size=12)


@pytest.mark.parametrize(
    ("written", "folded"),
    [("ＬＥＤ　檯燈", "led 台灯"), ("純棉 T恤", "纯棉 t恤"), ("  20寸\t登機箱 ", "20寸 登机箱"), ("Café", "café")],
)
def test_width_case_and_characters_are_folded(written: str, folded: str) -> None:
    assert fold(written) == folded
    assert fold(folded) == folded


def test_scripts_are_told_apart() -> None:
    assert runs(fold("20寸LED台灯-Ⅱ")) == ["20", "寸", "led", "台灯", "ii"]
    assert (stem("skillets"), stem("枕头"), stem("20")) == ("skillet", "枕头", "20")


@given(LETTERS, st.integers(0, 11), st.sampled_from("abcdefgz"), st.sampled_from(["drop", "add", "swap", "replace"]))
def test_whatever_is_one_slip_away_shares_a_gap(word: str, at: int, letter: str, slip: str) -> None:
    at %= len(word) - 1
    mistyped = {
        "drop": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "replace": word[:at] + letter + word[at + 1 :],
    }[slip]
    if mistyped == word:
        return
    assert is_one_slip(word, mistyped)
    assert is_one_slip(mistyped, word)
    assert gaps(word) & gaps(mistyped)


@given(LETTERS, LETTERS)
def test_what_is_more_than_a_slip_away_is_another_word(one: str, other: str) -> None:
    near = {
        *(one[:at] + one[at + 1 :] for at in range(len(one))),
        *(one[:at] + letter + one[at:] for at in range(len(one) + 1) for letter in "abcdefg"),
        *(one[:at] + letter + one[at + 1 :] for at in range(len(one)) for letter in "abcdefg"),
        *(one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(len(one) - 1)),
    } - {one}
    assert is_one_slip(one, other) == (other in near)


def test_the_end_of_a_title_says_what_the_thing_is() -> None:
    words = document_words(
        ProductText(titles=("日式羊毛被 新款",), fields=("床品",), bodies=("可放进衣柜",)),
        groups=[Group(("被子", "被", "quilt"))],
    )
    assert (words.weights["被"], words.weights["羊毛"], words.weights["床品"], words.weights["衣柜"]) == (
        "A",
        "B",
        "C",
        "D",
    )
    assert {"被子", "quilt"} <= words.weights.keys()


def test_a_synonym_is_not_for_what_only_ends_alike() -> None:
    groups = [Group(("枕头", "枕"), but=("抱枕",)), Group(("靠枕", "抱枕"))]
    cushion = document_words(ProductText(titles=("记忆绵抱枕",), fields=(), bodies=()), groups=groups)
    assert "靠枕" in cushion.weights
    assert "枕头" not in cushion.weights
    cover = document_words(ProductText(titles=("纯色枕套",), fields=(), bodies=()), groups=groups)
    assert "枕头" not in cover.weights


@given(
    st.dictionaries(
        st.text(min_size=1, max_size=8).filter(lambda t: "\x00" not in t and t.isprintable()),
        st.sampled_from("ABCD"),
        max_size=5,
    )
)
@pytest.mark.django_db
def test_any_word_is_one_word_to_postgresql(weights: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(%s::tsvector)", [vector(weights, shop_id=ids.new_id())])
        assert {*weights} <= {*cursor.fetchone()[0]}
        for word in weights:
            cursor.execute("SELECT numnode(%s::tsquery)", [quoted(word)])
            assert cursor.fetchone()[0] == 1


def test_no_word_is_longer_than_its_column() -> None:
    long = "walking" * 10
    words = document_words(ProductText(titles=(f"{long}ing 毛" + "巾" * 90,), fields=(long,), bodies=()))
    assert max(len(word) for word in words.weights) <= 64
    assert max((len(kept.shown) for kept in words.terms.values()), default=0) <= 64
    assert max((len(term) for term in words.terms), default=0) <= 64


def known(*entries: Entry) -> Vocabulary:
    words = Vocabulary()
    words.add([Entry("", 100), *entries])
    return words


def meant(query: str, words: Vocabulary) -> list[set[tuple[str, ...]]]:
    return [{a.words for a in concept.alternatives} for concept in asking.understand(asking.ask(query), words)]


def test_chinese_is_cut_by_the_words_of_the_goods() -> None:
    words = known(Entry("全棉", 9), Entry("床单", 4), Entry("棉床", 1, "棉床", ("棉", "床")), Entry("床", 8))
    assert [piece for piece, _known in asking.cut("全棉床单", words)] == ["全棉", "床单"]
    assert asking.understand(asking.ask("全棉窗单"), words)[1].alternatives == ()


def test_pinyin_is_read_however_it_is_spaced() -> None:
    words = known(Entry("毛巾", 5, "毛巾", (), "maojin", "mj"), Entry("保温杯", 2, "保温杯", (), "baowenbei", "bwb"))
    for query in ("baowenbei", "bao wen bei", "bwb", "BaoWenBei"):
        assert ("保温杯",) in meant(query, words)[0]
    assert [("毛巾",) in way for way in meant("maojinbaowenbei", words)] == [True, False]


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_it(query: str) -> None:
    asked = asking.ask(query)
    assert len(asked.text) <= asking.QUERY_MAX
    assert len(asked.pieces) + len(asked.readings) < 1500
    concepts = asking.understand(asked, known(Entry("a", 1), Entry("毛", 1, reading="mao")))
    assert len(concepts) <= asking.CONCEPTS_MAX
    assert len(mending.suspects(asked, known())) <= 64


@given(st.lists(st.integers(0, 10**9), max_size=300))
def test_price_bands_hold_every_price_once(prices: list[int]) -> None:
    found = bands(sorted(prices))
    assert sum(count for _start, _end, count in found) in {0, len(prices)}
    for start, end, count in found:
        assert count == sum(start <= price and (end is None or price < end) for price in prices)
