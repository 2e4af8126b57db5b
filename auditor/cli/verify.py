"""`auditor verify`: is a bundle still what the audit wrote?"""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli.errors import refusals
from auditor.cli.tell import tell


@click.command("verify", epilog="\b\nExample:\n  auditor verify evidence/\n")
@click.argument("bundle", type=click.Path(path_type=Path))
def command(bundle: Path) -> None:
    """Check every file of the folder BUNDLE against the digests in its manifest. Exit 1 on a difference."""
    from auditor.store.bundle import load, opened, unsealed

    with refusals():
        files = load(bundle)
        manifest, seen = opened(files)
        said = unsealed(files, manifest)
    for sentence in said:
        tell(sentence)
    if said:
        raise SystemExit(1)
    click.echo(f"{len(manifest.files)} files match the manifest; bundle digest {seen.digest}.")
