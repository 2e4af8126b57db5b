"""Real git repositories in folders of their own, for tests of the door to the repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from auditor.probing.doors.gittree import GitTree
from auditor.probing.repo import Repo


class Repository:
    """A git repository; commits carry fixed names and times, and nothing of this machine's settings."""

    def __init__(self, root: Path, *, sha256: bool = False) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *(["--object-format=sha256"] if sha256 else []))

    def git(self, *args: str | bytes, at: str = "2026-03-01T12:00:00+00:00") -> str:
        """Run git in the repository and give what it prints."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environment |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.invalid", "GIT_AUTHOR_DATE": at,
            "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.invalid",
            "GIT_COMMITTER_DATE": at,
        }  # fmt: skip
        done = subprocess.run(
            ["git", *args], cwd=self.root, env=environment, check=True, capture_output=True
        )
        return done.stdout.decode("utf-8", "replace").strip()

    def write(self, path: str | bytes, content: str | bytes = "x\n") -> Path:
        """Write a file of the work tree."""
        full = Path(os.fsdecode(os.path.join(os.fsencode(self.root), os.fsencode(path))))
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
        return full

    def commit(self, *paths: str, at: str = "2026-03-01T12:00:00+00:00") -> str:
        """Commit `paths` (everything where none is named) and give the commit's id."""
        self.git("add", "--", *(paths or ["."]))
        self.git("commit", "-q", "--allow-empty", "-m", "a commit", at=at)
        return self.git("rev-parse", "HEAD")

    @property
    def tree(self) -> GitTree:
        """The repository as the auditor sees it now."""
        return GitTree(self.root, is_git=True)

    def repo(self, root: str = "") -> Repo:
        """The door to it, with the service root `root`."""
        return Repo(self.tree, root=root)

    def paths(self) -> list[str]:
        """The files that the auditor sees, sorted."""
        return [e.path for e in self.repo().entries]
