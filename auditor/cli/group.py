"""The command group: names and one-line helps here, each command's module imported on demand."""

from __future__ import annotations

import importlib
import sys

import click

_COMMANDS = {
    "init": ("auditor.cli.init", "Write an auditor.yaml from what the repository shows."),
    "audit": ("auditor.cli.audit", "Audit a repository and its running deployment."),
    "gate": ("auditor.cli.gate", "Block a merge on new blockers."),
    "diff": ("auditor.cli.diff", "Compare two audits: what changed, and why."),
    "explain": ("auditor.cli.explain", "Say what decides one item, and what it lacks."),
    "doctor": ("auditor.cli.doctor", "Say what would decide what is unknown, and check it."),
    "plan": ("auditor.cli.plan", "Plan the cheapest way to a level of readiness."),
    "history": ("auditor.cli.history", "Track progress from audit to audit."),
    "rescore": ("auditor.cli.rescore", "Judge an evidence bundle again, offline."),
    "verify": ("auditor.cli.verify", "Check an evidence bundle against its digests."),
    "attest": ("auditor.cli.attest", "Vouch for an item that no probe can see."),
    "waive": ("auditor.cli.waive", "Let an open item stand for a time, on record."),
    "checklist": ("auditor.cli.checklist", "List, show and check checklists."),
    "probes": ("auditor.cli.probes", "List and show probes, or start a new one."),
    "completion": ("auditor.cli.completion", "Print the script of shell completion."),
}

_EPILOG = """\b
Examples:
  auditor audit .                                      the repository alone
  auditor audit . --url https://staging.example.net    and its running deployment
  auditor audit . --format html=report.html            a report to look at
  auditor audit . --fail-on blocker                    for CI: exit 1 on an open blocker
  auditor gate . --against origin/main                 for CI: exit 1 on a new blocker

\b
Exit codes:
  0   done, and what was asked for is met
  1   not met (--fail-on, gate)
  2   wrong use, or a mistake in a configuration file
  3   too little evidence to say
  70  a bug in the auditor
  130 interrupted
"""


class Lazy(click.Group):
    """A group that knows its commands by name and imports them when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None where there is none of that name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _ = _COMMANDS[cmd_name]
        command: click.Command = importlib.import_module(module).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Like click, but a reader of stdout who leaves early, as `head` does, is no failure: exit 1
        says that a gate was not met."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            from auditor.cli.tell import silence

            silence(sys.stdout)
            return 0

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click, but a mistyped name is answered with the nearest right one."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-"):
            from auditor.formats.text.config_text import nearest

            ctx.fail(f"There is no command {name!r}.{nearest(name, _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=Lazy, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="auditor", message="auditor %(version)s")
def cli() -> None:
    """Is this service ready for production? Decided from evidence alone."""
