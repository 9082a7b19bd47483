"""Run one of Django's own commands, e.g. `quanshi manage shell`."""

from __future__ import annotations

import click
from django.core.management import ManagementUtility

from quanshi.config import boot

# these look at files only, and must work where no database is
WITHOUT_DATABASE = frozenset({"", "help", "makemessages", "compilemessages", "collectstatic", "findstatic"})


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    boot.set_up_django()
    utility = ManagementUtility(["quanshi manage", *arguments])
    if (arguments[0] if arguments else "") in WITHOUT_DATABASE or {"-h", "--help"}.intersection(arguments):
        utility.execute()
        return
    with boot.database_in_use():
        utility.execute()
