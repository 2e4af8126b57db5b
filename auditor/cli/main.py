"""The entry point. Start-up stays light: a command is imported when it is used."""

from __future__ import annotations

import sys

INTERNAL = 70
"""The exit code of a bug in the auditor; the others are in scoring.md and `auditor --help`."""


def main() -> None:
    """Run the command line and exit with its code."""
    if sys.argv[1:] == ["--version"]:
        from auditor import __version__

        sys.stdout.write(f"auditor {__version__}\n")
        return
    from auditor.cli.group import cli

    try:
        cli(prog_name="auditor")
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
