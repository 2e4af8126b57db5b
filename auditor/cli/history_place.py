"""Which history a command means, how it is opened, and how its pages are handed over."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from auditor.cli.errors import Refusal, refusals
from auditor.cli.output import width

if TYPE_CHECKING:
    from auditor.report.history_text import Screen
    from auditor.settings import Settings
    from auditor.store.history.history import History
    from auditor.store.history.place import Place

F = TypeVar("F", bound=Callable[..., Any])

_HISTORY = click.option(
    "--history",
    "where",
    metavar="FILE|URL",
    envvar="AUDITOR_HISTORY",
    help="The history: a file, or postgresql://USER@HOST/DATABASE (default: one in your state folder).",
)
_BLOBS = click.option(
    "--blobs",
    "blobs",
    metavar="DIR|URL",
    envvar="AUDITOR_HISTORY_BLOBS",
    help="Where its evidence lies: a folder, or a URL such as s3://bucket/path (default: beside it).",
)
_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="AUDITOR_CONFIG",
    help="An auditor.yaml that names the history.",
)
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "json"]),
    default="terminal",
    show_default=True,
    help="How to show it.",
)
ascii_option = click.option(
    "--ascii", "ascii_only", is_flag=True, help="Draw with plain ASCII characters alone."
)


def history_options(command: F) -> F:
    """--history, --blobs and --config."""
    return _HISTORY(_BLOBS(_CONFIG(command)))


def place_params() -> list[click.Parameter]:
    """The same options, for a command that is made of parameters."""

    @history_options
    def bearer() -> None:
        """Holds the options."""

    return list(reversed(bearer.__click_params__))  # type: ignore[attr-defined]


class Storing(click.Command):
    """A command that may store what it made.

    Other commands take over the options of `audit` by its `params`; these are not theirs, so they stand
    beside it.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options of the command, and those of storing before --help."""
        *own, last = super().get_params(ctx)
        return [*own, *_STORING, last]


_STORING: list[click.Parameter] = [
    click.Option(
        ["--history"],
        metavar="FILE|URL|default",
        envvar="AUDITOR_HISTORY",
        help="Store the run in this history; default is the one that auditor history reads.",
    ),
    click.Option(
        ["--history-blobs"],
        metavar="DIR|URL",
        envvar="AUDITOR_HISTORY_BLOBS",
        help="Where the history keeps evidence (default: beside it).",
    ),
    click.Option(
        ["--no-history"], is_flag=True, help="Do not store it, whatever the settings say."
    ),
]


@contextmanager
def history_refusals() -> Iterator[None]:
    """Turn the expected errors of a history into a Refusal."""
    try:
        from auditor.store.history.trouble import BadHistory
    except ImportError as error:
        raise _lacking(error) from None
    with refusals():
        try:
            yield
        except BadHistory as error:
            raise Refusal(str(error)) from None


@contextmanager
def opened(place: Place, *, create: bool = False) -> Iterator[History]:
    """The history at a place, made where there is none if `create`."""
    try:
        from auditor.store.history.history import open_history
    except ImportError as error:
        raise _lacking(error) from None
    with history_refusals(), open_history(place, create=create) as history:
        yield history


def _lacking(error: ImportError) -> Refusal:
    """A history needs SQLAlchemy and Alembic; everything else works without."""
    name = (error.name or "").partition(".")[0]
    if name not in ("sqlalchemy", "alembic"):
        raise error
    return Refusal(f"A history needs {name}: pip install 'auditor[history]'")


def place(where: str | None, blobs: str | None, config: Path | None) -> Place:
    """The place that the operator means: command line, environment, file, default."""
    from auditor.store.history.place import place_of

    with history_refusals():
        if config is not None and where is None:
            where, blobs = of_settings(_read(config), config, blobs)
        return place_of(where, blobs)


def place_of_config(config: Path, blobs: str | None) -> Place | None:
    """The place that an auditor.yaml names, None where it names none."""
    with history_refusals():
        where, blobs = of_settings(_read(config), config, blobs)
    return place(where, blobs, None) if where is not None else None


def of_settings(settings: Settings, file: Path, blobs: str | None) -> tuple[str | None, str | None]:
    """What an auditor.yaml says of the history; its paths are relative to it."""
    return _beside(settings.history, file), blobs or _beside(settings.history_blobs, file)


def _beside(value: str | None, file: Path) -> str | None:
    if value is None or "://" in value or value == "default":
        return value
    return str(file.parent / value)


def _read(config: Path) -> Settings:
    from auditor.collect.target import named_config
    from auditor.settings import read_settings

    return read_settings(named_config(config), str(config))


def screen(ascii_only: bool = False) -> Screen:
    """The terminal as a page takes it; where stdout cannot show block elements, ASCII it is."""
    import os

    from auditor.report.history_text import Screen

    colour = (
        sys.stdout is not None
        and sys.stdout.isatty()
        and "NO_COLOR" not in os.environ
        and "CI" not in os.environ
    )
    return Screen(width(), colour, ascii_only or not _draws())


def _draws() -> bool:
    try:
        "█▒▁└┈".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def show(text: str) -> None:
    """A page on stdout."""
    from auditor.cli.output import inert

    click.echo(inert(fit(text)), nl=False, color=True)


def fit(text: str) -> str:
    """A page in which what stdout cannot encode is spelled out."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def show_json(text: str) -> None:
    """A document on stdout."""
    click.echo(text, nl=False)


def moment(text: str | None) -> int | None:
    """A date or a time of the command line in seconds since 1970; a date begins at midnight UTC."""
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no date, such as 2026-01-31 or 2026-01-31T12:00:00+00:00."
        ) from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
