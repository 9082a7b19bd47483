"""The console script `quanshi`: one command a file of config/commands/, found by name and loaded when used."""

from __future__ import annotations

import ast
import functools
import importlib
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from django.core.exceptions import ImproperlyConfigured

from quanshi.config import boot
from quanshi.kernel.embedded_postgres import EmbeddedPostgresFailed

FOLDER: Final = Path(__file__).parent / "commands"
# these bring Django and the database up themselves, or need neither
SELF_RELIANT: Final = frozenset({"up", "serve", "worker", "prepare", "manage", "pg"})


class Commands(click.Group):
    """`import_.py` is the command `import`, `import_reviews.py` is `import-reviews`.

    Each module has `command` and a first docstring line that is its help.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(path.stem.rstrip("_").replace("_", "-") for path in FOLDER.glob("[a-z]*.py"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        if cmd_name in SELF_RELIANT:
            return _load(cmd_name)
        boot.set_up_django()  # its module may name models
        return _with_database(_load(cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Read the files' docstrings instead of importing them: help comes at once and works half installed."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first_line(name)) for name in self.list_commands(ctx)])


def _file(name: str) -> Path:
    stem = name.replace("-", "_")
    path = FOLDER / f"{stem}.py"
    return path if path.exists() else FOLDER / f"{stem}_.py"


def _first_line(name: str) -> str:
    return (ast.get_docstring(ast.parse(_file(name).read_text())) or "").split("\n", 1)[0]


def _load(name: str) -> click.Command:
    command = importlib.import_module(f"quanshi.config.commands.{_file(name).stem}").command
    assert isinstance(command, click.Command)
    return command


def _with_database(command: click.Command) -> click.Command:
    """The same command, or each command of a group, run while the database is up and migrated."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            _with_database(each)
        return command
    run = command.callback
    if run is None:
        return command

    @functools.wraps(run)
    def prepared(*args: Any, **options: Any) -> Any:
        with boot.database_in_use():
            boot.migrate()
            return run(*args, **options)

    command.callback = prepared
    return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="quanshi")
def quanshi() -> None:
    """Quanshi (圈市): a social-commerce platform that you run yourself. `quanshi up` starts it."""


def main() -> NoReturn:
    """Run the command; what an operator can mend is said in one line, without a traceback."""
    try:
        quanshi()
    except (EmbeddedPostgresFailed, boot.NotReady, ImproperlyConfigured) as failure:
        raise SystemExit(f"quanshi: {failure}") from None
    raise SystemExit(0)


if __name__ == "__main__":
    main()
