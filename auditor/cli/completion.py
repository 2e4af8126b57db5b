"""`auditor completion`: the script of shell completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_EPILOG = """\b
Examples:
  auditor completion bash > ~/.local/share/bash-completion/completions/auditor
  auditor completion zsh  > "${fpath[1]}/_auditor"
  auditor completion fish > ~/.config/fish/completions/auditor.fish
"""


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for SHELL."""
    from auditor.cli.group import cli

    found = get_completion_class(shell)
    assert found is not None  # the choice above lists what click knows
    click.echo(found(cli, {}, "auditor", "_AUDITOR_COMPLETE").source())
