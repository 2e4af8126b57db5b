"""Builds the wheel, installs it in an environment of its own, and runs the tests outside the checkout.

The environment borrows the third-party packages of the one that runs this, but not the checkout.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PYTEST = """[pytest]
addopts = --import-mode=importlib --strict-markers -p no:cacheprovider
filterwarnings = error
testpaths = tests
pythonpath = .
"""
CHECKOUT_ONLY = ("tests/project", "tests/integration")


def main() -> int:
    """Exit code of the tests against the wheel."""
    with tempfile.TemporaryDirectory(prefix="auditor-wheel-") as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder / "dist"), str(HERE))
        wheel = next((folder / "dist").glob("*.whl"))
        python = environment(folder / "venv")
        run(
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            str(wheel),
        )
        outside = folder / "outside"
        shutil.copytree(
            HERE / "tests", outside / "tests", ignore=shutil.ignore_patterns("__pycache__")
        )
        shutil.copytree(HERE / "config", outside / "config")
        examples = shutil.ignore_patterns("__pycache__", "reports", "*.db")
        shutil.copytree(HERE / "examples", outside / "examples", ignore=examples)
        (outside / "pytest.ini").write_text(PYTEST, encoding="utf-8")
        where = subprocess.run(
            (str(python), "-c", "import auditor, probes; print(auditor.__file__, probes.__file__)"),
            cwd=outside, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        if str(HERE) in where:
            raise SystemExit(f"The tests would run against the checkout, not the wheel: {where}")
        ignored = [f"--ignore={path}" for path in CHECKOUT_ONLY]
        return subprocess.run(
            (str(python), "-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *ignored),
            cwd=outside,
            check=False,
        ).returncode


def environment(folder: Path) -> Path:
    """A virtual environment that sees the third-party packages of this one, after its own."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    site = subprocess.run(
        (str(python), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"),
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    # A .pth file would also bring this environment's own .pth files, the editable install among them;
    # a plain path brings packages only.
    (Path(site) / "borrowed.pth").write_text(
        sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8"
    )
    for tool in ("bandit", "detect-secrets", "mypy", "pip-audit", "ruff"):
        found = Path(sys.executable).parent / tool
        if found.exists():
            (folder / "bin" / tool).symlink_to(found)
    return python


def run(*args: str) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(args)}\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    sys.exit(main())
