"""The entry point. Start-up stays light: a command is imported when it is used."""

from __future__ import annotations

import sys

INTERNAL = 70
"""The exit code of a bug in the auditor; the others are in scoring.md and `auditor --help`."""
INTERRUPTED = 130
"""As of any program that SIGINT ended. It must not be 1, which says that a gate was not met."""


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        from auditor import __version__

        sys.stdout.write(f"auditor {__version__}\n")
        return
    import click

    from auditor.cli.group import cli

    try:
        code = cli(prog_name="auditor", standalone_mode=False)
    except click.ClickException as error:
        try:
            error.show()
        except BrokenPipeError:  # nobody reads it; the exit code still says it
            from auditor.cli.tell import silence

            silence(sys.stderr)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.stderr.write("\nauditor: interrupted; no report was written.\n")
        sys.exit(INTERRUPTED)
    except (
        Exception
    ) as error:  # broad: whatever it is, the user must learn that it is our bug, and where
        import traceback

        traceback.print_exc()
        sys.stderr.write(
            f"\nThis is a bug in the auditor ({type(error).__name__}), not in your repository."
            " Please report it with the lines above.\n"
        )
        sys.exit(INTERNAL)
    sys.exit(code if isinstance(code, int) else 0)
