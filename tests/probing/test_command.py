"""The door to commands: argument lists, a private folder, a small environment, a deadline, a limit."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind, SourceKind
from auditor.probing.command import Command, Ran
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.trouble import Trouble

PYTHON = sys.executable


def run(script: str, *args: str, timeout_s: float = 10.0, **more: object) -> Ran:
    return Command().run([PYTHON, "-c", script, *args], timeout_s=timeout_s, **more)  # type: ignore[arg-type]


def trouble(script: str, **more: object) -> Trouble:
    with pytest.raises(Trouble) as caught:
        run(script, **more)  # type: ignore[arg-type]
    return caught.value


def is_alive(pid: int) -> bool:
    """Whether a process runs still; one that is dead and not yet collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def ends(pid: int) -> bool:
    """Whether a process ends within two seconds."""
    until = time.monotonic() + 2
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)


class TestResult:
    def test_output_exit_code_and_time_come_back(self) -> None:
        ran = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
        assert (ran.exit_code, ran.stdout, ran.stderr, ran.error_text) == (
            3,
            b"out\n",
            b"err\n",
            "err",
        )
        assert 0 < ran.duration_s < 10

    def test_an_exit_code_is_no_trouble_and_a_signal_is_one(self) -> None:
        assert run("import os; os.kill(os.getpid(), 15)").exit_code == -signal.SIGTERM

    def test_arguments_are_never_read_by_a_shell(self) -> None:
        args = ["$(id)", "; id", "`id`", "*", "a b", "", "\n"]
        assert run("import sys; print(sys.argv[1:])", *args).stdout.decode() == f"{args}\n"

    def test_input_is_given_and_without_any_there_is_none(self) -> None:
        script = "import sys; print(len(sys.stdin.buffer.read()))"
        assert run(script, input=b"x" * 300_000).stdout == b"300000\n"
        assert run(script).stdout == b"0\n"

    def test_a_tool_need_not_read_its_input(self) -> None:
        assert run("pass", input=b"x" * 3_000_000).exit_code == 0

    def test_much_output_on_both_pipes_does_not_block(self) -> None:
        script = (
            "import sys\nfor f in (sys.stdout, sys.stderr):\n  f.write('x' * 1_000_000); f.flush()"
        )
        ran = run(script)
        assert (len(ran.stdout), len(ran.stderr)) == (1_000_000, 1_000_000)

    def test_the_source_tells_tool_arguments_and_exit_code(self) -> None:
        recorder = Recorder()
        command = Command(recorder, observed_at="2026-03-02T12:00:00+00:00")
        ran = command.run(
            [PYTHON, "-c", "print(1)"], timeout_s=10, tool="bandit", tool_version="1.8"
        )
        source = ran.source
        assert (source.kind, source.tool, source.tool_version) == (
            SourceKind.COMMAND,
            "bandit",
            "1.8",
        )
        assert (source.arguments, source.exit_code) == (("-c", "print(1)"), 0)
        assert source.observed_at == "2026-03-02T12:00:00+00:00"
        assert source.blob is not None
        assert recorder.blobs[source.blob] == b"1\n"

    def test_output_need_not_be_kept(self) -> None:
        recorder = Recorder()
        ran = Command(recorder).run([PYTHON, "-c", "print(1)"], timeout_s=10, keep=False)
        assert (ran.source.blob, recorder.blobs) == (None, {})

    def test_secrets_in_arguments_and_errors_are_taken_out(self) -> None:
        token = "ghp_" + "a1B2" * 9
        ran = run("import sys; sys.stderr.write(sys.argv[1])", token)
        assert token not in ran.error_text
        assert token not in str(ran.source)


class TestSurroundings:
    def test_it_runs_in_an_empty_folder_of_its_own_that_is_gone_afterwards(self) -> None:
        ran = run("import os; print(os.getcwd()); print(os.listdir()); print(os.environ['HOME'])")
        folder, listed, home = ran.stdout.decode().splitlines()
        assert listed == "[]"
        assert home == folder
        assert not Path(folder).exists()

    def test_what_a_tool_leaves_behind_is_removed_whatever_its_mode(self) -> None:
        script = "import os; os.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a', 0o500); print(os.getcwd())"
        assert not Path(run(script).stdout.decode().strip()).exists()

    @pytest.mark.parametrize("network", [False, True])
    def test_nothing_of_the_operators_secrets_reaches_a_tool(
        self, monkeypatch: pytest.MonkeyPatch, network: bool
    ) -> None:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name in (
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "PYTHONPATH",
            "SSH_AUTH_SOCK",
            "AUDITOR_URL",
        ):
            monkeypatch.setenv(name, "secret")
        monkeypatch.setenv("PATH", os.defpath)
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
        monkeypatch.setenv("LANG", "C.UTF-8")
        names = run("import os; print(*os.environ)", network=network).stdout.decode().split()
        wanted = {"HOME", "LANG", "NO_COLOR", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONSAFEPATH"}
        assert set(names) - {"LC_CTYPE"} == wanted | ({"HTTPS_PROXY"} if network else set())

    def test_a_python_tool_does_not_import_from_where_it_runs(self) -> None:
        assert run("import sys; print(sys.flags.safe_path)").stdout == b"True\n"


class TestFinding:
    def test_a_tool_beside_this_python_comes_first(self) -> None:
        name = Path(PYTHON).name
        assert Command().find(name) == str(Path(PYTHON).parent / name)

    def test_a_tool_on_the_path_is_found_and_one_in_the_current_folder_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tool = tmp_path / "some-scanner"
        tool.write_text("#!/bin/sh\n")
        tool.chmod(0o755)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", os.pathsep.join(["", ".", "relative"]))
        assert Command().find("some-scanner") is None
        monkeypatch.setenv("PATH", str(tmp_path))
        assert Command().find("some-scanner") == str(tool)

    def test_a_tool_that_is_missing_is_trouble_with_the_next_step(self) -> None:
        with pytest.raises(Trouble) as caught:
            Command().run(["no-such-scanner", "x"], timeout_s=1)
        assert caught.value.kind is ProblemKind.TOOL_MISSING
        assert caught.value.message == "The tool no-such-scanner is not installed."
        assert "put no-such-scanner on PATH" in caught.value.hint

    @pytest.mark.parametrize("mode", [0o644, 0o755])
    def test_a_tool_that_cannot_be_started_is_trouble(self, tmp_path: Path, mode: int) -> None:
        tool = tmp_path / "tool"
        tool.write_bytes(b"\x7fELF nonsense")
        tool.chmod(mode)
        with pytest.raises(Trouble) as caught:
            Command().run([str(tool)], timeout_s=5)
        assert caught.value.kind is ProblemKind.TOOL_MISSING
        assert "could not be started" in caught.value.message


STUBBORN = """
import os, signal, sys, time
for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(n, signal.SIG_IGN)
for level in range(2):
    if os.fork():
        break
with open(sys.argv[1], "a") as file:
    file.write(f"{os.getpid()}\\n")
time.sleep(60)
"""


class TestDeadline:
    def test_at_its_deadline_a_tool_is_stopped_with_all_of_its_children(
        self, tmp_path: Path
    ) -> None:
        """They ignore every signal that can be ignored."""
        pids = tmp_path / "pids"
        started = time.monotonic()
        with pytest.raises(Trouble) as caught:
            run(STUBBORN, str(pids), timeout_s=0.6)
        assert time.monotonic() - started < 5
        assert caught.value.kind is ProblemKind.TIMED_OUT
        assert "did not end within 0.6 s and was stopped" in caught.value.message
        family = [int(line) for line in pids.read_text().split()]
        assert len(family) == 3
        assert [pid for pid in family if not ends(pid)] == []

    def test_children_that_outlive_their_tool_are_stopped_too(self, tmp_path: Path) -> None:
        script = (
            "import os, sys, time\n"
            "if os.fork() == 0:\n  open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)\n"
            "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\ntime.sleep(0.05); print('done')\n"
        )
        ran = run(script, str(tmp_path / "pid"))
        assert ran.stdout == b"done\n"
        assert ends(int((tmp_path / "pid").read_text()))

    def test_output_before_the_deadline_does_not_save_it(self) -> None:
        told = trouble(
            "import time\nwhile True: print('x', flush=True); time.sleep(0.05)", timeout_s=0.4
        )
        assert told.kind is ProblemKind.TIMED_OUT


class TestLimit:
    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    def test_a_tool_that_prints_without_end_is_stopped(self, stream: str) -> None:
        script = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
        started = time.monotonic()
        told = trouble(script, output_limit=2 * 1024 * 1024)
        assert told.kind is ProblemKind.TOO_LARGE
        assert told.message.endswith("printed more than 2 MB.")
        assert time.monotonic() - started < 5

    def test_output_up_to_the_limit_is_whole(self) -> None:
        ran = run("import sys; sys.stdout.write('x' * 100_000)", output_limit=100_000)
        assert len(ran.stdout) == 100_000
