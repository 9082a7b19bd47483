"""How good the search is, against named references, and how it grows from 239 goods to 100,000.

    python bench/search.py --quick

Relevance: NDCG@10 over the judged queries of bench/relevance/yanxuan.tsv on the yanxuan goods, with gains of
2^grade - 1 and a discount of log2(rank + 1): Burges et al., "Learning to Rank using Gradient Descent", ICML 2005, after
Järvelin and Kekäläinen, "Cumulated Gain-based Evaluation of IR Techniques", ACM TOIS 20(4), 2002. The references read
the same title, category and description: `ILIKE %query%`, newest first, and PostgreSQL's full text 'simple', which does
not cut Chinese into words, by ts_rank. The ranking was worked out on the queries marked "tuned" alone.

Growth: the API's answer through Django, all judged queries in turn, alternately on a shop with the 239 goods and on one
with 418 copies of each, every one with a word of its own. A query then has hundreds of times the matches.
"""

from __future__ import annotations

import csv
import math
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import harness

JUDGED = Path(__file__).resolve().parent / "relevance" / "yanxuan.tsv"
GOODS = Path(__file__).resolve().parents[2] / "shared" / "data" / "catalogue" / "yanxuan.shopify.csv"
RANKS = 10
PARTS = ("relevance", "growth")
OURS, TUNED, HELD_OUT = "quanshi", "tuned", "held-out"
SMALL, LARGE, LARGE_GOODS = "yanxuan", "grown", 100_000
NDCG_TO_REACH, GROWTH_AT_MOST = 0.85, 2.0

ILIKE_SQL = """
    SELECT product.handle FROM catalog_product AS product
    LEFT JOIN catalog_category AS shelf ON shelf.id = product.category_id
    WHERE product.shop_id = %(shop)s AND concat_ws(' ', product.title, array_to_string(shelf.path, ' '), product.vendor,
          product.body_html) ILIKE '%%' || %(query)s || '%%'
    ORDER BY product.id DESC LIMIT 10
"""
SIMPLE_SQL = """
    SELECT product.handle FROM catalog_product AS product
    LEFT JOIN catalog_category AS shelf ON shelf.id = product.category_id,
    plainto_tsquery('simple', %(query)s) AS query,
    LATERAL (SELECT setweight(to_tsvector('simple', product.title), 'A')
        || setweight(to_tsvector('simple', concat_ws(' ', array_to_string(shelf.path, ' '), product.vendor)), 'B')
        || setweight(to_tsvector('simple', product.body_html), 'D') AS words) AS document
    WHERE product.shop_id = %(shop)s AND document.words @@ query
    ORDER BY ts_rank(document.words, query) DESC, product.id DESC LIMIT 10
"""
# Copies of the goods, of their variants and of their documents, each with a number and a word of its own.
GROW_SQL = """
    CREATE TEMPORARY TABLE copies AS
    SELECT product.id AS old_id, kernel_new_id() AS id, number, 'g' || number || '-' || product.handle AS handle
    FROM catalog_product AS product, generate_series(1, %(copies)s) AS number WHERE product.shop_id = %(from)s;
    ALTER TABLE catalog_product DISABLE TRIGGER USER;
    ALTER TABLE catalog_variant DISABLE TRIGGER USER;
    INSERT INTO catalog_product (id, shop_id, handle, title, body_html, vendor, tags, category_id, status, option_names,
        translations, price_from_minor, price_to_minor, created_at, updated_at)
    SELECT copies.id, %(to)s, copies.handle, p.title || ' m' || copies.number, p.body_html, p.vendor, p.tags, shelf.id,
        p.status, p.option_names, p.translations, p.price_from_minor + copies.number, p.price_to_minor + copies.number,
        p.created_at, p.updated_at
    FROM copies JOIN catalog_product AS p ON p.id = copies.old_id
    LEFT JOIN catalog_category AS old ON old.id = p.category_id
    LEFT JOIN catalog_category AS shelf ON shelf.shop_id = %(to)s AND shelf.path = old.path ORDER BY random();
    INSERT INTO catalog_variant (id, shop_id, product_id, sku, options, position, price_minor, list_price_minor,
        barcode, weight_grams, person_limit, is_withdrawn)
    SELECT kernel_new_id(), %(to)s, copies.id, v.sku, v.options, v.position, v.price_minor + copies.number, NULL,
        v.barcode, v.weight_grams, NULL, v.is_withdrawn
    FROM copies JOIN catalog_variant AS v ON v.product_id = copies.old_id;
    INSERT INTO stock_level (id, shop_id, variant_id, location_id, priority, on_hand, reserved)
    SELECT kernel_new_id(), %(to)s, v.id, %(location)s, 1, 5, 0 FROM catalog_variant AS v WHERE v.shop_id = %(to)s;
    INSERT INTO search_document (product_id, shop_id, title, words, title_words, version)
    SELECT made.id, %(to)s, made.title, made.words, search_title_words(made.words, %(to)s), made.version
    FROM (SELECT copies.id, d.title || ' m' || copies.number AS title, d.version,
              (replace(d.words::text, %(from_word)s, %(to_word)s)
               || ' ''m' || copies.number || ''':1B')::tsvector AS words
          FROM copies JOIN search_document AS d ON d.product_id = copies.old_id) AS made;
    INSERT INTO search_term (shop_id, term, documents, shown, parts, reading, initials, gaps)
    SELECT %(to)s, term, documents * %(copies)s, shown, parts, reading, initials, gaps
    FROM search_term WHERE shop_id = %(from)s;
    ALTER TABLE catalog_product ENABLE TRIGGER USER;
    ALTER TABLE catalog_variant ENABLE TRIGGER USER;
"""

Ranking = Callable[[str], Sequence[str]]
Scores = dict[str, dict[tuple[str, str], list[float]]]  # by ranking, then by part and kind of query


class Judged(NamedTuple):
    part: str
    kind: str
    query: str
    grades: Mapping[str, int]


def main() -> None:
    options = harness.arguments(str(__doc__).partition("\n")[0], parts=PARTS)
    if not GOODS.exists():
        raise SystemExit(f"the goods of the judged queries are not there: {GOODS}")
    judged = read_judged(JUDGED)
    ratios: dict[str, float] = {}
    figures: dict[str, float] = {}
    targets: list[harness.Target] = []
    with harness.own_database():
        shops = open_shops()
        seconds, count = load_goods(shops[SMALL])
        figures["indexed_per_second"] = count / seconds
        if "relevance" in options.only:
            scores = relevance(judged, shops[SMALL])
            report_relevance(scores, ratios, figures, targets)
        if "growth" in options.only:
            copies = LARGE_GOODS // count
            grow(shops, copies=copies)
            times = growth(judged, 1 if options.quick else 3)
            report_growth(times, {SMALL: count, LARGE: copies * count}, ratios, figures, targets)
    harness.finish("search", ratios=ratios, figures=figures, targets=targets)


def read_judged(path: Path) -> list[Judged]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Judged(
            row["part"],
            row["kind"],
            row["query"],
            {handle: int(grade) for handle, _, grade in (one.partition(":") for one in row["grades"].split())},
        )
        for row in rows
    ]


def ndcg(handles: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 for the best order there could be."""

    def gained(some: Sequence[int]) -> float:
        return sum((2**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(some, 1))

    best = gained(sorted(grades.values(), reverse=True)[:RANKS])
    return gained([grades.get(handle, 0) for handle in handles[:RANKS]]) / best


def open_shops() -> dict[str, UUID]:
    from quanshi.accounts.models import Person
    from quanshi.accounts.types import Actor, ActorKind
    from quanshi.shops import services as shops

    person = Person.objects.create_user(email="bench@example.com", password="bench", display_name="Bench")  # noqa: S106
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    return {slug: shops.open_shop(actor=actor, slug=slug, name=slug).id for slug in (SMALL, LARGE)}


def load_goods(shop_id: UUID) -> tuple[float, int]:
    """The yanxuan goods, with stock; how long their indexing took, and how many there are."""
    from quanshi.accounts.types import SYSTEM
    from quanshi.catalog import services as catalog
    from quanshi.catalog.gateways import NoPictures
    from quanshi.search import services as search
    from quanshi.search.models import Document
    from quanshi.stock import services as stock

    catalog.import_products(
        actor=SYSTEM,
        shop_id=shop_id,
        source=GOODS,
        filename=GOODS.name,
        picture_folder=None,
        place_stock=lambda opening: stock.place_opening_stock(
            actor=SYSTEM, shop_id=shop_id, quantities=[(one.variant_id, one.quantity) for one in opening]
        ),
        web_pictures=NoPictures(),
    )
    search.index_changed()  # the dictionaries are loaded
    began = time.perf_counter()
    search.rebuild()
    return time.perf_counter() - began, Document.objects.count()


def relevance(judged: Sequence[Judged], shop_id: UUID) -> Scores:
    from django.db import connection

    from quanshi.search import selectors as search

    def ours(query: str) -> list[str]:
        page = search.find(query=query, locale="zh-hans", shop_id=shop_id, limit=RANKS)
        return [found.card.handle for found in page.found]

    def reference(sql: str) -> Ranking:
        def rank(query: str) -> list[str]:
            with connection.cursor() as cursor:
                cursor.execute(sql, {"shop": shop_id, "query": query})
                return [handle for (handle,) in cursor.fetchall()]

        return rank

    rankings: dict[str, Ranking] = {OURS: ours, "simple": reference(SIMPLE_SQL), "ilike": reference(ILIKE_SQL)}
    scores: dict[str, dict[tuple[str, str], list[float]]] = {name: defaultdict(list) for name in rankings}
    for one in judged:
        for name, rank in rankings.items():
            scores[name][one.part, one.kind].append(ndcg(rank(one.query), one.grades))
    return scores


def grow(shops: Mapping[str, UUID], *, copies: int) -> None:
    from django.db import connection

    from quanshi.catalog.models import Category
    from quanshi.catalog.services.shelves import ensure_shelves
    from quanshi.search.rules.words import quoted, shop_word
    from quanshi.stock.models import Location

    paths = {tuple(shelf.path) for shelf in Category.objects.filter(shop_id=shops[SMALL])}
    ensure_shelves(shop_id=shops[LARGE], paths=paths)
    location = Location.objects.create(shop_id=shops[LARGE], name="warehouse")
    with connection.cursor() as cursor:
        values = {
            "copies": copies,
            "from": shops[SMALL],
            "to": shops[LARGE],
            "location": location.id,
            "from_word": quoted(shop_word(shops[SMALL])),
            "to_word": quoted(shop_word(shops[LARGE])),
        }
        for statement in GROW_SQL.split(";\n"):  # each by itself: triggers cannot be switched within a transaction
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")


def growth(judged: Sequence[Judged], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, by shop. The two take turns, so that a slow moment hits both."""
    from django.test import Client, override_settings

    from quanshi.search.services import limits

    limits.MOST_SEARCHES = 10**9  # one client asks it all
    client = Client(headers={"host": "127.0.0.1", "accept-language": "zh-CN"})
    times: dict[str, list[float]] = {SMALL: [], LARGE: []}
    queries = [one.query for one in judged]
    random.Random(1).shuffle(queries)
    with override_settings(ALLOWED_HOSTS=["*"]):
        for turn in range(rounds + 1):
            for query in queries:
                for slug, taken in times.items():
                    began = time.perf_counter()
                    answer = client.get("/api/v1/search", {"q": query, "shop": slug})
                    spent = (time.perf_counter() - began) * 1000
                    if answer.status_code != 200:
                        raise SystemExit(f"{query} answered {answer.status_code}")
                    if turn:  # the first round warms up
                        taken.append(spent)
    return times


def report_relevance(
    scores: Scores, ratios: dict[str, float], figures: dict[str, float], targets: list[harness.Target]
) -> None:
    def mean(name: str, part: str, kind: str = "") -> float:
        some = [s for (p, k), values in scores[name].items() if p == part and kind in {"", k} for s in values]
        return statistics.fmean(some) if some else math.nan

    rows = []
    for kind in ["", *sorted({kind for _part, kind in scores[OURS]})]:
        count = sum(len(values) for (_part, k), values in scores[OURS].items() if kind in {"", k})
        means = [f"{mean(name, part, kind):.3f}" for name in scores for part in (TUNED, HELD_OUT)]
        rows.append([kind or "all", str(count), *means])
    harness.print_table(
        "NDCG@10", ["kind", "queries", *(f"{name} {part}" for name in scores for part in (TUNED, HELD_OUT))], rows
    )
    held = mean(OURS, HELD_OUT)
    for name in scores:
        figures |= {f"ndcg_{name}_{part.replace('-', '_')}": mean(name, part) for part in (TUNED, HELD_OUT)}
        if name != OURS:
            ratios[f"ndcg_of_{name}"] = held / mean(name, HELD_OUT)
    targets.append(harness.Target("NDCG@10 of held-out queries", held, least=NDCG_TO_REACH))


def report_growth(
    times: Mapping[str, Sequence[float]],
    goods: Mapping[str, int],
    ratios: dict[str, float],
    figures: dict[str, float],
    targets: list[harness.Target],
) -> None:
    p50 = {slug: statistics.median(taken) for slug, taken in times.items()}
    p95 = {slug: statistics.quantiles(taken, n=20)[-1] for slug, taken in times.items()}
    harness.print_table(
        "the API's answer through Django, ms",
        ["goods", "p50", "p95", "most"],
        [[f"{goods[s]:,}", f"{p50[s]:.1f}", f"{p95[s]:.1f}", f"{max(times[s]):.1f}"] for s in times],
    )
    ratios["p95_growth"] = p95[LARGE] / p95[SMALL]
    figures |= {f"p95_ms_{goods[slug]}": value for slug, value in p95.items()}
    targets.append(harness.Target("p95 at the large shop, of the small one", ratios["p95_growth"], most=GROWTH_AT_MOST))


if __name__ == "__main__":
    main()
