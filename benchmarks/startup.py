"""Start-up: how much each command costs over the bare interpreter. Run by hand: python benchmarks/startup.py"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
COMMANDS = {
    "bare interpreter": ["-c", "pass"],
    "auditor --version": ["-m", "auditor", "--version"],
    "auditor --help": ["-m", "auditor", "--help"],
    "auditor audit --help": ["-m", "auditor", "audit", "--help"],
    "auditor probes list": ["-m", "auditor", "probes", "list"],
}


def seconds(args: list[str]) -> float:
    """The median wall time of a few runs."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run((sys.executable, *args), stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    """Print a table: milliseconds, and milliseconds over the bare interpreter."""
    measured = {name: seconds(args) for name, args in COMMANDS.items()}
    bare = measured["bare interpreter"]
    print(f"{'command':<24}{'ms':>8}{'over bare, ms':>16}{'ratio':>8}")
    for name, value in measured.items():
        print(f"{name:<24}{value * 1000:>8.0f}{(value - bare) * 1000:>16.0f}{value / bare:>8.1f}")


if __name__ == "__main__":
    main()
