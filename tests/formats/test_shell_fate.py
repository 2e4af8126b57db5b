"""Whether a script fails when its tests do, as bash itself would have it."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.shell.shell_fate import Fate, ShellOptions, fate
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script

GITHUB = ShellOptions(errexit=True, pipefail=False)
STRICT = ShellOptions(errexit=True, pipefail=True)
LOOSE = ShellOptions(errexit=False, pipefail=False)


def outcome(script: str, options: ShellOptions = GITHUB) -> Fate:
    """The fate of a script whose command `T` fails."""
    tree = read_script(script)
    named = (command for command in commands(tree) if "T" in command.words[:2])
    target = next(command for command in named if command.words[0] in ("T", "exec"))
    return fate(tree, target, options)


FAILING = [
    "T",
    "T\necho done",
    "T; true",
    "T; exit 0",
    "echo a && T",
    "echo a\nT && echo done",
    "true || false; T",
    "T || exit 1",
    "T || { echo failed; exit 1; }",
    "T || (echo failed; exit 1)",
    "T || false",
    "T || code=$?\necho upload\nexit $code",
    "code=0\nT || code=$?\nif [ $code -ne 0 ]; then exit $code; fi",
    "T || failed=1\nif [[ $failed == 1 ]]; then exit 1; fi",
    "set +e\nT\ncode=$?\nset -e\nexit $code",
    "set +e\nT",
    "set +e\nT\nset -e\nexit ${code:-1}",
    "set -o pipefail\nT | tee log",
    "set -euxo pipefail\nT | tee log",
    "T | tee log\nexit ${PIPESTATUS[0]}",
    "echo x | T",
    "if T; then echo ok; else exit 1; fi",
    "if ! T; then exit 1; fi",
    "if [ -d tests ]; then T; fi",
    "if [ -z $X ]; then echo skip; exit 0; fi\nT",
    "[ -n $SKIP ] && exit 0\nT",
    "command -v tool || exit 0\nT",
    "for d in a b; do (cd $d && T); done",
    "for d in a b; do T; done",
    "cd app\nT",
    "(cd app && T)",
    "{ T; }",
    "run() { T; }\nrun",
    "function run {\n  T\n}\nrun || exit 1",
    "bash -c 'T'",
    "bash -ec 'T; echo done'",
    "sh -c 'cd x && T'",
    "timeout 60 bash -c 'T'",
    "bash <<'EOF'\nT\nEOF",
    "OUT=$(T)",
    "case $X in a) T;; *) echo;; esac",
    "n=0\nuntil [ $n -ge 3 ]; do T && exit 0; n=4; done\nexit 1",
    "trap 'rm -f x' EXIT\nT",
    "trap 'exit 0' INT\nT",
    "T &\nwait $!",
    "exit_code=0\nT || exit_code=1\ntest $exit_code -eq 0",
    "while read x; do T; done",
    "x=`T`",
    "(T) > log",
    "if true; then { T; }; fi < in",
    "diff <(cat x) y\nT",
    "exec T",
    "! false\nT",
    "T \\\n  --option \\\n  x",
    "T # || true",
    "echo '|| true'; T",
    "T > log 2>&1",
    "cat <<EOF\n|| true\nEOF\nT",
    "echo ${{ matrix.x || 'y' }}\nT ${{ github.event_name }}",
    "T || [ $? -eq 5 ]",
]


@pytest.mark.parametrize("script", FAILING)
def test_a_failure_that_reaches_the_end_fails_the_script(script: str) -> None:
    assert outcome(script) == Fate(True, True, "")


EATEN = [
    ("T || true", "`|| true` follows it"),
    ("T || :", "`|| :` follows it"),
    ("T || echo failed", "`|| echo failed` follows it"),
    ("T || exit 0", "`|| exit 0` follows it"),
    ("T || { echo failed; }", "`|| {...}` follows it"),
    ("T || code=$?", "`|| code=$?` follows it"),
    ("T -x && echo ok || echo failed", "`|| echo failed` follows it"),
    ("T && echo ok\necho next", "it stands before `&&`, where `set -e` does not act"),
    ("{ T && echo ok; }\necho next", "it stands before `&&`, where `set -e` does not act"),
    ("set +e\nT\necho next", "the script goes on after it, for `set -e` is off"),
    ("set +e\nT\nexit 0", "the script goes on after it, for `set -e` is off"),
    ("T | tee log", "its output goes into a pipe, and `pipefail` is not set"),
    ("T 2>&1 | tee log\necho x", "its output goes into a pipe, and `pipefail` is not set"),
    ("set -o pipefail\nset +o pipefail\nT | cat", "its output goes into a pipe"),
    ("! T", "`!` turns its failure into success"),
    ("T &", "it runs in the background"),
    ("T &\nwait", "it runs in the background"),
    ("if T; then echo ok; fi", "it is only the condition of an `if`"),
    ("if T; then echo ok; else echo bad; fi", "it is only the condition of an `if`"),
    ("while T; do echo; done", "it is only the condition of a loop"),
    ("until T; do sleep 1; done", "it is only the condition of a loop"),
    ("for i in 1 2 3; do T && break || sleep 5; done", "`|| sleep 5` follows it"),
    ("for i in 1 2; do T || continue; done", "`|| continue` follows it"),
    ("echo $(T)", "its exit status is lost inside `$(…)`"),
    ("export OUT=$(T)", "its exit status is lost inside `$(…)`"),
    ("bash -c 'T; true'", "the script goes on after it, for `set -e` is off"),
    ("bash -c 'T || true'", "`|| true` follows it"),
    ("trap 'exit 0' EXIT\nT", "a `trap` turns every failure into success"),
    ("run() { T; }\nrun || true", "`|| true` follows it"),
]


@pytest.mark.parametrize(("script", "reason"), EATEN)
def test_a_failure_that_is_eaten_says_by_what(script: str, reason: str) -> None:
    found = outcome(script)
    assert (found.reached, found.can_fail) == (True, False)
    assert found.why_not.startswith(reason)


@pytest.mark.parametrize(
    "script",
    [
        "if false; then T; fi",
        "false && T",
        "true || T",
        "exit 0\nT",
        "run() { T; }\necho not called",
        "if [ 1 = 2 ]; then T; fi",
        "DRY=1\nif [ $DRY -eq 0 ]; then T; fi",
        "while false; do T; done",
    ],
)
def test_a_command_that_never_runs_cannot_fail_anything(script: str) -> None:
    assert outcome(script) == Fate(False, False, "the script never reaches it")


def test_without_errexit_only_the_end_counts() -> None:
    assert outcome("T", LOOSE).can_fail
    assert not outcome("T\necho done", LOOSE).can_fail
    assert not outcome("T; true", LOOSE).can_fail


def test_pipefail_lets_a_pipe_fail() -> None:
    assert outcome("T | tee log", STRICT).can_fail


def test_a_script_that_is_no_shell_as_a_whole_is_read_line_by_line() -> None:
    assert outcome("echo 'open\nT || true").why_not == "`|| true` follows it"
    assert outcome("if broken\nT").can_fail


def test_deep_and_endless_scripts_are_given_up_quietly() -> None:
    assert outcome("f() { f; f; f; }\nf\nT") is not None
    deep = "if true; then " * 200 + "T" + "; fi" * 200
    assert [command.words for command in commands(read_script(deep))] == []
    assert list(commands(read_script("echo " + "$(" * 500 + ")" * 500))) == []
    assert list(commands(read_script("f() " * 5_000))) == []


WORDS = st.sampled_from(
    ["T", "true", "false", "&&", "||", ";", "|", "&", "\n", "(", ")", "{", "}", "if", "then", "fi",
     "else", "for", "do", "done", "while", "case", "in", "esac", ";;", "$(", "`", "'", '"', "<<E", "E",
     "[[", "]]", "((", "))", "!", "x=$?", "exit", "$x", "f()", "bash -c", "#", "\\", "${", "set +e"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=30).map(" ".join))
def test_no_text_is_refused(script: str) -> None:
    tree = read_script(script)
    for command in list(commands(tree))[:5]:
        assert fate(tree, command, GITHUB).can_fail in (True, False)


PLAIN = st.sampled_from(
    ["true", "false", "echo x", "rc=$?", "exit 0", "exit 1", "exit $rc", "set +e", "set -e", ":",
     "set -o pipefail", "[ $rc -ne 0 ]", "(( rc == 0 ))", "exit ${PIPESTATUS[0]}", "[[ $? == 0 ]]"]
)  # fmt: skip
SCRIPTS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds("{} && {}".format, inner, inner),
        st.builds("{} || {}".format, inner, inner),
        st.builds("{} | {{ cat >/dev/null; true; }}".format, inner),
        st.builds("if {}; then {}; else {}; fi".format, inner, inner, inner),
        st.builds("if {}; then {}; fi".format, inner, inner),
        st.builds("( {}; {} )".format, inner, inner),
        st.builds("{{ {}; {}; }}".format, inner, inner),
        st.builds("for i in 1; do {}; done".format, inner),
        st.builds("x=$( {} )".format, inner),
        st.builds("{}\n{}".format, inner, inner),
    ),
    max_leaves=8,
)


@pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32",
    reason="There is no bash to compare with.",
)
@settings(max_examples=60, deadline=None)
@given(before=SCRIPTS, after=SCRIPTS, joint=st.sampled_from(["\n", " && ", " || ", "; "]))
def test_bash_agrees(before: str, after: str, joint: str) -> None:
    script = f"rc=0\n{before}\nT{joint}{after}"
    found = outcome(script)
    shell = f"T() {{ echo reached >&2; return 1; }}\n{script}"
    bash = shutil.which("bash") or "bash"
    run = subprocess.run([bash, "--norc", "-e", "-c", shell], capture_output=True, check=False)
    reached = b"reached" in run.stderr
    assert (found.reached, found.can_fail) == (reached, reached and run.returncode != 0), script
