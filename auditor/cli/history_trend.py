"""`auditor history trend`: the score of a service over time."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at

_EPILOG = """\b
Examples:
  auditor history trend orders
  auditor history trend orders --since 2026-01-01 --ascii
  auditor history trend orders --format svg=trend.svg
  auditor history trend orders --format json | jq '.points[].score.proven'

Where the history holds one service, SERVICE may be left out. The SVG needs
nothing beside it, runs nothing, and follows the reader's light or dark.
"""
_FORMATS = ("terminal", "svg", "json")


@click.command("trend", epilog=_EPILOG)
@click.argument("service", required=False)
@click.option("--since", metavar="DATE", help="Only runs from this date on.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    help="terminal (default), svg or json; with =FILE into a file. Repeatable.",
)
@at.ascii_option
@at.history_options
@click.option("--quiet", "-q", is_flag=True, help="Nothing on the terminal.")
def command(
    service: str | None,
    since: str | None,
    formats: tuple[str, ...],
    ascii_only: bool,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Draw what was proven of SERVICE over time, and its open blockers."""
    from auditor.cli.pages import hand_over, pages, refuse_unwritable

    chosen = pages(formats, _FORMATS)
    begin = at.moment(since)
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        refuse_unwritable(chosen)
        number, key = history.service(service)
        points = history.trend(number, begin)
        if not points:
            raise click.UsageError(f"There is no run of {key.name} since {since}.")

        def render(name: str) -> str:
            if name == "json":
                from auditor.report.history_json import trend

                return trend(key, points)
            if name == "svg":
                from auditor.report.trend_svg import svg

                return svg(points)
            from auditor.report.trend import chart

            return at.fit(chart(points, at.screen(ascii_only)))

        hand_over(chosen, render, "trend", quiet=quiet)
