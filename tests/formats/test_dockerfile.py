"""What a Dockerfile builds, read as the builder reads it."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.containers import dockerfile
from auditor.formats.containers.image_reference import Pin
from auditor.formats.secrets.literal_secret import ValueKind
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

DIGEST = "sha256:" + "ab" * 32


def final(text: str) -> Any:
    return dockerfile.read(text).final


def test_continuations_are_joined_and_comments_inside_them_dropped() -> None:
    read = dockerfile.read("FROM a\nRUN one && \\\n# why\n\n    two \\  \n    three\nCMD x\n")
    run = read.instructions[1]
    assert run.arguments.split() == ["one", "&&", "two", "three"]
    assert (run.line, run.end_line) == (2, 6)
    assert read.instructions[2].line == 7


def test_two_backslashes_at_the_end_do_not_continue_the_line() -> None:
    read = dockerfile.read("FROM a\nRUN echo \\\\\nRUN two\n")
    assert [entry.arguments for entry in read.instructions[1:]] == ["echo \\\\", "two"]


def test_the_escape_directive_counts_only_at_the_top() -> None:
    windows = dockerfile.read("# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN a `\n  b\n")
    assert windows.escape == "`"
    assert len(windows.instructions) == 2
    assert dockerfile.read("\n# escape=`\nFROM a\n").escape == "\\"


@pytest.mark.parametrize(
    "run",
    [
        "RUN <<EOF\nUSER root\nEOF",
        "RUN <<-'EOF'\n\tUSER root\n\tEOF",
        "RUN cat <<EOF > /etc/x\nUSER root\nEOF",
        "RUN <<A cat <<B\nUSER root\nA\nFROM b\nB",
        'COPY <<"EOF" /app/conf\nUSER root\nEOF',
    ],
)
def test_a_heredoc_body_holds_no_instructions(run: str) -> None:
    stage = final(f"FROM a\nUSER app\n{run}\nEXPOSE 80\n")
    assert stage.user.text == "app"
    assert stage.exposes == ("80",)
    assert stage.sources == ()


@pytest.mark.parametrize("run", ["RUN cat <<<EOF", 'RUN echo "x <<EOF"', "RUN echo $((1<<2))"])
def test_what_only_resembles_a_heredoc_is_plain_text(run: str) -> None:
    assert final(f"FROM a\n{run}\nUSER app\n").user.text == "app"


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("", "no FROM instruction", None),
        ("# only a comment\n", "no FROM instruction", None),
        ("ARG A=1\n", "no FROM instruction", None),
        ("RUN make\nFROM a\n", "RUN comes before any FROM", 1),
        ("FROM a\n\nRUM make\n", "`RUM` is not a Dockerfile instruction", 3),
        ("{{ template }}\nFROM a", "is not a Dockerfile instruction", 1),
        ("FROM a\nRUN <<EOF\nmake\n", "`<<EOF` is never closed", 2),
        ("FROM a b\n", "FROM takes", 1),
        ("FROM\n", "FROM takes", 1),
    ],
)
def test_what_no_builder_accepts_is_refused(text: str, words: str, line: int | None) -> None:
    with pytest.raises(Malformed) as caught:
        dockerfile.read(text)
    assert words in caught.value.message
    assert caught.value.line == line


def test_too_many_instructions_are_refused() -> None:
    with pytest.raises(TooLarge):
        dockerfile.read("FROM a\n" + "USER b\n" * 10_000)


@pytest.mark.parametrize(
    ("start", "text", "pin"),
    [
        ("FROM python", "python", Pin.NONE),
        ("from python:3.12", "python:3.12", Pin.TAG),
        ("FROM python:latest", "python:latest", Pin.LATEST),
        (f"FROM --platform=linux/amd64 a:1@{DIGEST} AS x", f"a:1@{DIGEST}", Pin.DIGEST),
        ("FROM scratch", "scratch", Pin.SCRATCH),
        ("ARG V=3.12\nFROM python:${V}-slim", "python:3.12-slim", Pin.TAG),
        ("ARG V=3\nARG I=python:$V\nFROM $I", "python:3", Pin.TAG),
        ("ARG V\nFROM python:${V}", "python:${V}", Pin.VARIABLE),
        ("ARG V\nFROM python:${V:-3.11}", "python:3.11", Pin.TAG),
        ("ARG V=latest\nFROM python:${V}", "python:latest", Pin.LATEST),
        ('ARG V="3.12"\nFROM "python:$V"', "python:3.12", Pin.TAG),
    ],
)
def test_the_base_image_is_read_with_the_defaults_of_its_arguments(
    start: str, text: str, pin: Pin
) -> None:
    stage = final(f"{start}\n")
    assert (stage.base.text, stage.pin) == (text, pin)


def test_an_argument_inside_a_stage_does_not_reach_a_later_from() -> None:
    assert final("FROM a AS x\nARG V=1\nFROM b:$V\n").pin is Pin.VARIABLE


def test_a_stage_that_continues_another_inherits_from_it() -> None:
    read = dockerfile.read(
        "FROM python:3.12 AS Base\nENV WHO=app\nUSER $WHO\nHEALTHCHECK CMD curl -f localhost\n"
        'CMD ["serve"]\nFROM base\nCOPY x .\n'
    )
    stage = read.final
    assert (stage.pin, stage.base_stage) == (Pin.STAGE, 0)
    assert (stage.user.text, stage.user.root) == ("app", False)
    assert stage.healthcheck is not None
    assert stage.command.words == ("serve",)
    assert [found.index for found in read.chain(stage)] == [1, 0]


@pytest.mark.parametrize(
    ("lines", "root"),
    [
        ("", True),
        ("USER app", False),
        ("USER app\nUSER root", True),
        ("USER root\nUSER 1001:0", False),
        ("USER 0", True),
        ("USER 0:0", True),
        ("USER 000", True),
        ("USER root:wheel", True),
        ('USER "root"', True),
        ("USER rooted", False),
        ("ARG U=app\nUSER $U", False),
        ("ARG U=0\nUSER ${U}:${G}", True),
        ("ARG U\nUSER $U", None),
        ("ENV U=root\nARG U=app\nUSER $U", True),
        ("USER app:$G", False),
    ],
)
def test_who_the_final_stage_runs_as(lines: str, root: bool | None) -> None:
    assert final(f"FROM python:3.12\n{lines}\n").runs_as_root is root


@pytest.mark.parametrize(
    ("base", "root"),
    [
        ("gcr.io/distroless/python3:nonroot", False),
        ("gcr.io/distroless/python3", True),
        ("nginxinc/nginx-unprivileged:1.27", False),
        ("cgr.dev/chainguard/python:3", None),
        ("bitnami/redis:7", None),
        ("$WHATEVER", None),
        ("scratch", True),
    ],
)
def test_without_a_user_the_base_decides(base: str, root: bool | None) -> None:
    assert final(f"FROM {base}\n").runs_as_root is root


@pytest.mark.parametrize(
    ("lines", "declared", "disabled", "vacuous"),
    [
        ("", False, False, None),
        ("HEALTHCHECK NONE", False, True, None),
        ("HEALTHCHECK --interval=5s --retries=3 CMD curl -f http://x", True, False, False),
        ('HEALTHCHECK CMD ["curl", "-f", "http://x"]', True, False, False),
        ("HEALTHCHECK CMD curl -f http://x || exit 1", True, False, False),
        ("HEALTHCHECK CMD exit 0", True, False, True),
        ('HEALTHCHECK CMD ["/bin/true"]', True, False, True),
        ("HEALTHCHECK CMD curl -f http://x || true", True, False, True),
        ("HEALTHCHECK CMD curl http://x; exit 0", True, False, True),
        ("HEALTHCHECK CMD curl x\nHEALTHCHECK NONE", False, True, None),
        ("HEALTHCHECK NONE\nhealthcheck cmd curl x", True, False, False),
        ("HEALTHCHECK CMD", False, False, None),
    ],
)
def test_the_last_health_check_counts(
    lines: str, declared: bool, disabled: bool, vacuous: bool | None
) -> None:
    stage = final(f"FROM a\n{lines}\n")
    assert (stage.healthcheck is not None) is declared
    assert stage.healthcheck_disabled is disabled
    assert (stage.healthcheck.vacuous if stage.healthcheck else None) is vacuous


def test_sources_are_those_of_the_build_context() -> None:
    stage = final(
        "ARG D=src\nFROM a AS b\nFROM c\nARG D\nARG E\n"
        'COPY --chown=app:app --chmod=644 a.txt "b c.txt" $D/ $E/x /app/\n'
        'COPY ["d e.txt", "./"]\nADD https://host/x.tgz *.whl /\nCOPY --from=b /x /y\n'
    )
    assert [(source.path, source.line) for source in stage.sources] == [
        ("a.txt", 6),
        ("b c.txt", 6),
        ("src/", 6),
        ("${E}/x", 6),
        ("d e.txt", 7),
        ("https://host/x.tgz", 8),
        ("*.whl", 8),
    ]
    assert [source.path for source in stage.sources if source.unresolved] == ["${E}/x"]
    assert [source.path for source in stage.sources if source.url] == ["https://host/x.tgz"]
    assert [source.path for source in stage.sources if source.pattern] == ["*.whl"]


def test_copying_from_a_stage_differs_from_copying_from_an_image() -> None:
    stage = final("FROM a AS b\nFROM c\nCOPY --from=B x y\nCOPY --from=0 x y\nCOPY --from=d x y\n")
    assert [(copied.reference, copied.stage) for copied in stage.copies_from] == [
        ("B", 0),
        ("0", 0),
        ("d", None),
    ]
    assert stage.copies_from[2].image.pin is Pin.NONE


def test_commands_keep_their_form_and_an_entrypoint_drops_the_inherited_command() -> None:
    stage = final('FROM a\nENTRYPOINT ["/run", "--x"]\nCMD python  app.py\nEXPOSE 80 443/tcp\n')
    assert (stage.entrypoint.words, stage.entrypoint.shell) == (("/run", "--x"), False)
    assert (stage.command.words, stage.command.shell) == (("python  app.py",), True)
    assert stage.exposes == ("80", "443/tcp")
    assert final("FROM a AS b\nCMD x\nFROM b\nENTRYPOINT y\n").command is None


def test_an_exec_form_with_single_quotes_runs_in_the_shell() -> None:
    assert final("FROM a\nCMD ['python', 'app.py']\n").command.shell


def test_secrets_are_named_and_never_kept() -> None:
    read = dockerfile.read(
        "FROM a\nENV API_KEY=hunter2 PORT=80\nENV DB_PASSWORD hunter2 more\nARG TOKEN\n"
        "ARG JWT_SECRET=changeme\nENV SECRET_TOKEN=$TOKEN\n"
    )
    found = [(secret.name, secret.kind, secret.line) for secret in read.final.secrets]
    assert found == [
        ("API_KEY", ValueKind.LITERAL, 2),
        ("DB_PASSWORD", ValueKind.LITERAL, 3),
        ("TOKEN", ValueKind.EMPTY, 4),
        ("JWT_SECRET", ValueKind.PLACEHOLDER, 5),
        ("SECRET_TOKEN", ValueKind.REFERENCE, 6),
    ]
    assert "hunter2" not in repr(read.stages)


PIECES = st.sampled_from(
    ["FROM a", "FROM a AS b", "FROM b", "\n", " ", "\\", "\\\n", "# x", "RUN <<E", "E", "USER $A",
     'COPY ["a", "b"]', "COPY --from=9 a b", "ENV A=1", "ARG A", "HEALTHCHECK CMD", '"', "'", "$",
     "{", "[", "CMD [", "--x", "=", "\t", "é", "ONBUILD", "ADD", "\x00", "`", "# escape=`\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_nothing_but_a_format_error_escapes(text: str) -> None:
    with contextlib.suppress(FormatError):
        assert dockerfile.read(text).stages


@given(st.data())
def test_cut_and_spoilt_files_raise_nothing_else(data: st.DataObject) -> None:
    whole = 'ARG V=1\nFROM a:$V AS b\nRUN <<EOF\nx\nEOF\nFROM b\nCOPY ["a", "b"]\nUSER ${U:-0}\n'
    at = data.draw(st.integers(0, len(whole)))
    spoilt = (
        whole[:at] + data.draw(st.text(max_size=4)) + whole[at + data.draw(st.integers(0, 6)) :]
    )
    with contextlib.suppress(FormatError):
        assert dockerfile.read(spoilt.encode("utf-8", "replace")).stages
