"""The group `auditor history`: names and one-line helps here, each command imported when it is used."""

from __future__ import annotations

import importlib

import click

_COMMANDS = {
    "list": ("auditor.cli.history_list", "Services with their newest run, or the runs of one."),
    "show": (
        "auditor.cli.history_show",
        "One run: scores, open items, and since when they are open.",
    ),
    "trend": ("auditor.cli.history_trend", "The score of a service over time, as a chart."),
    "diff": ("auditor.cli.history_diff", "What differs between two stored runs, and why."),
    "add": ("auditor.cli.history_add", "Store the audit of an evidence bundle."),
    "backfill": ("auditor.cli.history_backfill", "Audit earlier commits or tags, and store them."),
    "baseline": ("auditor.cli.history_baseline", "Mark a run that is never deleted."),
    "prune": ("auditor.cli.history_prune", "Delete runs that need not be kept."),
    "backup": ("auditor.cli.history_backup", "Copy a history with its evidence."),
}


class HistoryGroup(click.Group):
    """The commands of the table, and those that are added to the group itself."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table, then the others."""
        return [*_COMMANDS, *(n for n in super().list_commands(ctx) if n not in _COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None where there is none of that name."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click, but a mistyped name is answered with the nearest right one."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            from auditor.formats.text.config_text import nearest

            ctx.fail(f"There is no command {name!r}.{nearest(name, known)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing those of the table."""
        rows = [(name, text) for name, (_, text) in _COMMANDS.items()]
        for name in super().list_commands(ctx):
            command = super().get_command(ctx, name)
            if name not in _COMMANDS and command is not None:
                rows.append((name, command.get_short_help_str(60)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)
