"""Order under fire: requests by the hundred thousand while edge, worker and PostgreSQL are killed, every answer judged.

    python -m tools.torture --requests 1000000

Makes an installation of its own in a throw-away home: PostgreSQL with durable commits, two edges, a worker. Ends with a
table, one line of JSON, and exit code 1 when anything was not true; the home is kept then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests.support.torture.parts import Parts

if TYPE_CHECKING:
    from tests.support.torture.rounds import Score

A_ROUND = 25_000
SHOWN = 40  # violations; the number says how many more there are
TELL_SECONDS = 5.0  # where nobody looks at a terminal


class Teller:
    """The latest line of news on standard error: over the last one on a terminal, else now and then."""

    def __init__(self) -> None:
        self._told_at = 0.0

    def __call__(self, line: str) -> None:
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self._told_at > TELL_SECONDS:
            self._told_at = time.monotonic()
            print(line, file=sys.stderr, flush=True)


def main() -> int:
    options = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that whoever ends it leaves no parts behind
    home = Path(tempfile.mkdtemp(prefix="quanshi-torture-"))
    home.chmod(0o711)  # started by root, PostgreSQL runs as another user and must get through
    parts = Parts(home)
    os.environ.clear()  # a developer's own settings must not colour it
    os.environ.update(parts.environment)
    print(f"seed {options.seed}, home {home}", file=sys.stderr, flush=True)
    score = None
    try:
        parts.start()
        django.setup()
        from tests.support.torture import rounds  # noqa: PLC0415 - names models, so Django comes first

        begun = time.monotonic()
        score = rounds.run(
            parts,
            requests=options.requests,
            a_round=min(options.requests, A_ROUND),
            seed=options.seed,
            until=begun + options.minutes * 60,
            tell=Teller(),
        )
        _report(score, parts, seed=options.seed, seconds=time.monotonic() - begun)
    finally:
        parts.stop()
        if score is not None and not score.violations:
            shutil.rmtree(home)
        else:
            print(f"kept for a look: {home}", file=sys.stderr)
    return 1 if score.violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--requests", type=int, default=300_000, help=f"in rounds of at most {A_ROUND:,}")
    parser.add_argument("--minutes", type=float, default=60, help="begin no round after so many")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(31), help="of all dice")
    return parser.parse_args()


def _report(score: Score, parts: Parts, *, seed: int, seconds: float) -> None:
    _table("kills", score.kills)
    _table("started again", parts.starts)
    _table("answers to placements", score.answers)
    _table("buyers who paid, by what they did", score.plans)
    _table("answers on their way", score.pages)
    for violation in score.violations[:SHOWN]:
        print(f"NOT TRUE: {violation.rule}: {violation.name} {violation.facts}")
    print(
        f"\n{score.requests:,} requests for {score.wishes:,} orders in {score.rounds} rounds,"
        f" {seconds / 60:.1f} minutes, {score.kills.total()} kills: {len(score.violations)} violations"
    )
    figures = {
        "requests": score.requests,
        "wishes": score.wishes,
        "rounds": score.rounds,
        "minutes": round(seconds / 60, 2),
        "kills": dict(score.kills),
        "answers": dict(score.answers),
        "purchases": score.plans.total(),
        "violations": len(score.violations),
        "seed": seed,
    }
    print(json.dumps({"torture": figures}), flush=True)


def _table(title: str, counts: Mapping[str, int]) -> None:
    print(f"\n{title}")
    for name in sorted(counts):
        if counts[name]:
            print(f"  {name:<28} {counts[name]:>12,}")


if __name__ == "__main__":
    sys.exit(main())
