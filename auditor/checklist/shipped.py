"""Where the files that come with the auditor are: in the wheel, or in the source tree beside it."""

from __future__ import annotations

from pathlib import Path


def config_folder() -> Path:
    """The folder `config/`: packaged as `auditor/config`, else the one of the source tree."""
    package = Path(__file__).resolve().parent.parent
    packaged = package / "config"
    return packaged if packaged.is_dir() else package.parent / "config"


def checklist_names() -> list[str]:
    """The names of the shipped checklists."""
    return sorted(p.stem for p in (config_folder() / "checklists").glob("*.yaml"))


def schema_path(name: str) -> Path:
    """Where the published JSON Schema of `name` is, if there is one."""
    return config_folder() / "schemas" / f"{name}.schema.json"
