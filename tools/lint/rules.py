"""Each rule tells which mistake it prevents, what to write instead and how to make an exception.

An exception is a comment `# house: <rule> <reason>` on the line itself; a style sheet, a script, a template or SQL says
it in a comment of its own kind. Every rule has a good and a bad sample in tests/architecture/samples/<rule>/, and a
test that the bad one is caught and the good one passes.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MAX_LINES: Final = 400
# how a comment begins, by kind of file
COMMENTS: Final = {".py": "#", ".css": "/*", ".js": "//", ".html": "{#", ".sql": "--"}
ROOMS: Final = {
    "accounts",
    "shops",
    "tokens",
    "catalog",
    "stock",
    "ledger",
    "storefront",
    "payments",
    "fulfilment",
    "search",
    "orders",
    "interop",
    "reviews",
}
ASKS_STAFF: Final = {"require_permission", "require_staff", "require_either"}
RECORDS_STAFF: Final = {"record_action", "record"}
DOORS: Final = {"services", "selectors", "types", "events", "errors"}


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file. `path` is relative to the project's root; `tree` is empty where the file is not Python."""

    path: Path
    text: str
    tree: ast.Module

    @classmethod
    def of(cls, *, path: Path, text: str) -> Source:
        return cls(path=path, text=text, tree=ast.parse(text if path.suffix == ".py" else ""))

    @property
    def is_test(self) -> bool:
        return self.path.parts[0] == "tests"

    @property
    def is_product(self) -> bool:
        return self.path.parts[0] == "src"


@dataclass(frozen=True, slots=True)
class Finding:
    path: Path
    line: int
    rule: str
    advice: str


Hit = tuple[int, str]
Rule = Callable[[Source], Iterator[Hit]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    RULES[function.__name__.replace("_", "-")] = function
    return function


@rule
def money_is_whole(source: Source) -> Iterator[Hit]:
    """A float or a true division on minor units loses cents that no test of round numbers finds.

    Instead: whole minor units, `Money`, and `allocate` to share out; `//` where a remainder is really dropped.
    """
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div)
            and (_is_minor(node.left) or _is_minor(node.right))
        ):
            yield node.lineno, "true division of minor units; use allocate() or //"
        if isinstance(node, ast.Call) and _name(node.func) == "float" and any(_is_minor(arg) for arg in node.args):
            yield node.lineno, "float() of minor units; keep them whole"
        if (
            isinstance(node, ast.AnnAssign)
            and _is_minor(node.target)
            and _name(node.annotation) in {"float", "Decimal"}
        ):
            yield node.lineno, "a *_minor value is an int"
        if isinstance(node, ast.arg) and node.arg.endswith("_minor") and _name(node.annotation) in {"float", "Decimal"}:
            yield node.lineno, "a *_minor value is an int"


@rule
def one_clock(source: Source) -> Iterator[Hit]:
    """A service that asks the machine for the time cannot be tested at midnight or after a jump.

    Instead: `kernel.clock.now()`. Measuring a duration with `time.monotonic()` or `perf_counter()` is fine.
    """
    if not source.is_product or source.path.name == "clock.py":
        return
    banned = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "time.time"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _dotted(node.func) in banned:
            yield node.lineno, f"{_dotted(node.func)}(): use kernel.clock.now()"


@rule
def one_kind_of_id(source: Source) -> Iterator[Hit]:
    """Random UUIDs scatter inserts over an index; two ways to make ids means two orders of rows.

    Instead: `kernel.ids.new_id()`, which is a UUIDv7.
    """
    if not source.is_product or source.path.name == "ids.py":
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (_dotted(node.func) or "").rpartition(".")[2] in {
            "uuid1",
            "uuid4",
            "uuid6",
            "uuid7",
        }:
            yield node.lineno, "use kernel.ids.new_id()"


@rule
def environment_is_read_once(source: Source) -> Iterator[Hit]:
    """A setting read in the depth is a setting that no document lists and no start-up check refuses.

    Instead: a field of `config.environment.Environment`. The supervisor may hand variables to its children.
    """
    if not source.is_product or source.path.parts[:3] == ("src", "quanshi", "config"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and _dotted(node) == "os.environ":
            yield node.lineno, "read the environment in config/environment.py only"
        if isinstance(node, ast.Call) and _dotted(node.func) == "os.getenv":
            yield node.lineno, "read the environment in config/environment.py only"


@rule
def rooms_have_doors(source: Source) -> Iterator[Hit]:
    """A room whose insides others import cannot change its insides; a test of its door proves nothing then.

    Instead: its services, selectors, types, events or errors. A models.py may name a lower room's model in a foreign
    key, and config, which wires everything, sees everything.
    """
    if not source.is_product or source.path.parts[2] == "config" or "migrations" in source.path.parts:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("quanshi."):
            continue
        _, room, *inside = (node.module or "").split(".")
        if room not in ROOMS or room == source.path.parts[2]:
            continue
        for name in inside[:1] or [alias.name for alias in node.names]:
            is_key = name == "models" and source.path.name == "models.py"
            if name not in DOORS and not is_key:
                yield node.lineno, f"{room}.{name} is inside the room; go through {', '.join(sorted(DOORS))}"


@rule
def rooms_name_no_pages(source: Source) -> Iterator[Hit]:
    """A room that asks Django's routes for a page leans on the pages above it, and runs nowhere without them.

    Instead: `settings.BASE_URL` and the path, which a test leads to its page.
    """
    if not source.is_product or source.path.parts[2] not in {*ROOMS, "kernel"}:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"django.urls", "django.shortcuts"}:
            yield node.lineno, "write settings.BASE_URL and the path; rooms know no routes"


@rule
def no_signals(source: Source) -> Iterator[Hit]:
    """A Django signal is a call that nobody sees at the place where it happens, in or out of the transaction by luck.

    Instead: call the service, or emit an event to the outbox.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(("signals", "django.dispatch")):
            yield node.lineno, "call the service or emit an event; no Django signals"


@rule
def jobs_carry_their_request(source: Source) -> Iterator[Hit]:
    """A job that is put straight into the queue runs without the id of the request that asked for it.

    Its lines in the worker's log then lead back to nothing. Instead: `kernel.jobs.job` and `kernel.jobs.defer`.
    """
    if not source.is_product or source.path.parts[2:] in {("kernel", "jobs.py"), ("config", "worker.py")}:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("procrastinate"):
            continue
        if any(alias.name in {"app", "App", "Blueprint"} for alias in node.names):
            yield node.lineno, "use kernel.jobs.job and kernel.jobs.defer"


@rule
def no_generic_keys(source: Source) -> Iterator[Hit]:
    """A generic foreign key is a reference that the database cannot check and a join cannot follow.

    Instead: a real foreign key downward, or a plain id with its kind, checked by the audit.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.contrib.contenttypes.fields":
            yield node.lineno, "no generic foreign keys"


@rule
def no_drawer_files(source: Source) -> Iterator[Hit]:
    """utils, helpers, managers, common: drawers where code goes to be forgotten.

    Instead: name the file by what is in it, in the room it belongs to.
    """
    if source.path.stem in {"utils", "helpers", "managers", "common", "misc"}:
        yield 1, f"{source.path.name} says nothing; name it by what it holds"


@rule
def short_files(source: Source) -> Iterator[Hit]:
    """A file that needs scrolling for minutes has more than one job, be it Python, a style sheet, a template or SQL.

    Instead: a package by use-case family; a sheet for each journey. Exception: a comment `house: short-files <reason>`
    on the first line.
    """
    lines = source.text.count("\n")
    if lines > MAX_LINES and "migrations" not in source.path.parts:
        yield 1, f"{lines} lines, more than {MAX_LINES}; split it by use-case family"


@rule
def services_name_their_arguments(source: Source) -> Iterator[Hit]:
    """`ship(a, b, c)` with three ids is a bug that types cannot see.

    Instead: public functions of services and selectors take keyword-only arguments and carry a docstring.
    """
    inside = source.is_product and ({"services", "selectors"} & {source.path.stem, source.path.parent.name})
    if not inside:
        return
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            if node.args.args or node.args.posonlyargs:
                yield node.lineno, f"{node.name}: make the arguments keyword-only"
            if ast.get_docstring(node) is None:
                yield node.lineno, f"{node.name}: say what it returns, emits and raises"


@rule
def staff_work_is_recorded(source: Source) -> Iterator[Hit]:
    """A service that asks a shop's permission and leaves no line is work that nobody can find the doer of.

    Instead: `shops.services.record_action` in the transaction that makes the change, where something has changed.
    """
    if not source.is_product or not {"services", "tasks"} & {source.path.stem, source.path.parent.name}:
        return
    functions = {node.name: node for node in source.tree.body if isinstance(node, ast.FunctionDef)}
    for name, node in functions.items():
        if name.startswith(("_", "require_")):
            continue
        called, waiting = set[str](), [node]
        while waiting:  # what it calls, through the functions of its own file too
            fresh = {_name(each.func) or "" for each in ast.walk(waiting.pop()) if isinstance(each, ast.Call)} - called
            called |= fresh
            waiting += [functions[each] for each in fresh & functions.keys()]
        if called & ASKS_STAFF and not called & RECORDS_STAFF:
            yield node.lineno, f"{name} asks for permission; say with record_action() what was done"


@rule
def keys_point_down_quietly(source: Source) -> Iterator[Hit]:
    """A reverse accessor from a lower room upward lets the lower room reach what it must not know.

    Instead: `related_name="+"` on a foreign key to another room's model.
    """
    if not source.is_product or source.path.name != "models.py":
        return
    own = {node.name for node in source.tree.body if isinstance(node, ast.ClassDef)} | {"self"}
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and (_dotted(node.func) or "").endswith(("ForeignKey", "OneToOneField"))
            and node.args
        ):
            target = node.args[0]
            name = target.value if isinstance(target, ast.Constant) else _name(target)
            related = next((k.value for k in node.keywords if k.arg == "related_name"), None)
            is_quiet = isinstance(related, ast.Constant) and related.value == "+"
            if name not in own and not is_quiet:
                yield node.lineno, 'a key to another room takes related_name="+"'


@rule
def views_are_synchronous(source: Source) -> Iterator[Hit]:
    """Django's ASGI path was measured 5-8 times slower than its WSGI one; one async view pulls the rest along.

    Instead: a plain view, or, for a stream, a route of edge.
    """
    if source.is_product and "web" in source.path.parts:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef):
                yield node.lineno, "views are synchronous; streams live in edge"


@rule
def tests_can_fail(source: Source) -> Iterator[Hit]:
    """A test that asserts nothing is green whatever the code does.

    Instead: assert what would be different with the bug. A helper that asserts starts with `assert_` or `check_`.
    """
    if not source.is_test:
        return
    says = re.compile(r"\bassert\b|raises\(|warns\(|assert_|\bcheck_|expect\(|run_state_machine_as_test|\.fail\(")
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("test") and not says.search(ast.unparse(node)):
            yield node.lineno, f"{node.name} asserts nothing"


@rule
def no_mocks(source: Source) -> Iterator[Hit]:
    """A mock answers what its author believed; the real thing answers what is true.

    Instead: the real PostgreSQL, the real protocol, a deterministic local adapter from `gateways.py`.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[-1] in {"mock", "unittest_mock"}:
            yield node.lineno, "no mocks; use the real thing or a local adapter"
        if isinstance(node, ast.ImportFrom) and node.module == "unittest" and any(a.name == "mock" for a in node.names):
            yield node.lineno, "no mocks; use the real thing or a local adapter"


@rule
def left_work_has_an_issue(source: Source) -> Iterator[Hit]:
    """A note to oneself is lost; an issue is not.

    Instead: write the number behind it, like the pattern word followed by `(#12)`, or do it now.
    """
    pattern = re.compile(
        r"#.*\b("
        r"TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))"
    )
    for number, line in enumerate(source.text.splitlines(), 1):
        if pattern.search(line):
            yield number, "left work names its issue"


def check(source: Source) -> Iterator[Finding]:
    """All findings in one file that no exception comment excuses."""
    lines = source.text.splitlines()
    begin = re.escape(COMMENTS[source.path.suffix])
    for name, function in RULES.items():
        for line, advice in function(source):
            reason = rf"{begin} house: {name} (?!\*/|#\}})\S+"  # the end of the comment is none
            excused = lines and re.search(reason, lines[min(line, len(lines)) - 1])
            if not excused:
                yield Finding(path=source.path, line=line, rule=name, advice=advice)


def _name(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    return None


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return None


def _is_minor(node: ast.AST) -> bool:
    name = _name(node)
    return name is not None and (name == "minor" or name.endswith("_minor"))
