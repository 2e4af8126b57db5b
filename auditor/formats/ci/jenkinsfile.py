"""Declarative Jenkinsfiles in the model that all forges share: stages in order, and their shell steps.

Groovy is not evaluated: what a script block or a shared library decides is not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.ci.ci_model import EVERYTHING, REVIEW, TAG, CiGap, CiJob, CiPipeline, CiStep
from auditor.formats.shell.shell_fate import ShellOptions
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode

_LIMIT = 400_000
_MOST = 2_000
_DEEPEST = 60
_PIECE = re.compile(
    # A piece that is never closed reaches to the end, so that nothing is looked at twice.
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\\n])*\"?)"
    r"|(?P<brace>[{}])|(?P<word>[A-Za-z_]\w*)|(?P<line>\n)|.",
    re.DOTALL,
)
_SHELLS = frozenset({"sh", "bat", "powershell", "pwsh"})
_SOFT = frozenset({"catchError", "warnError"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


@dataclass(slots=True)
class _Block:
    name: str
    argument: str = ""
    line: int = 1


def read(data: bytes | str, *, path: str) -> CiPipeline:
    """The pipeline that a file declares.

    Raises Malformed for one that is not declarative, or whose braces do not meet, and TooLarge.
    """
    if len(data) > _LIMIT:
        raise TooLarge(f"{path} is larger than the limit of {_LIMIT:,} bytes.")
    tokens = list(_tokens(data if isinstance(data, str) else decode(data).text))
    if not any(t.text == "pipeline" and _opens(tokens, at) for at, t in enumerate(tokens)):
        raise Malformed(
            f"{path} is not a declarative pipeline: it has no `pipeline {{ … }}`.", line=1
        )
    reader = _Reader(tokens, path)
    reader.walk()
    gaps = tuple(
        CiGap(path, t.line, "calls a shared library")
        for at, t in enumerate(tokens)
        if t.text in ("Library", "library") and t.kind == "word"
    )
    return CiPipeline("Jenkins", path, "", tuple(reader.jobs()), gaps[:1])


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _PIECE.finditer(text):
        kind = found.lastgroup or "other"
        whole = found.group()
        if kind not in ("comment", "line") and not whole.isspace():
            yield _Token(kind, whole, line)
        line += whole.count("\n")


def _opens(tokens: list[_Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].text == "{"


def _unquoted(text: str) -> str:
    size = 3 if text.startswith(("'''", '"""')) else 1
    return re.sub(r"\\(['\"$\\])", r"\1", text[size:-size])


class _Reader:
    def __init__(self, tokens: list[_Token], path: str) -> None:
        self._tokens, self._path = tokens, path
        self._stages: list[tuple[str, int, list[CiStep], frozenset[str], bool]] = []
        self._open: list[_Block] = []

    def walk(self) -> None:
        """Goes through the text once."""
        for at, token in enumerate(self._tokens):
            if token.text == "{" and token.kind == "brace":
                self._open.append(self._named(at))
                if len(self._open) > _DEEPEST:
                    raise TooLarge(f"{self._path} nests its blocks too deeply.")
                if self._open[-1].name == "stage":
                    block = self._open[-1]
                    self._stages.append((block.argument, block.line, [], EVERYTHING, False))
            elif token.text == "}" and token.kind == "brace":
                if not self._open:
                    raise Malformed(
                        f"{self._path} closes a block that is not open.", line=token.line
                    )
                self._open.pop()
            elif token.kind == "word":
                self._word(at, token)
            if len(self._stages) > _MOST:
                raise TooLarge(f"{self._path} has more than {_MOST} stages.")
        if self._open:
            raise Malformed(f"{self._path} leaves a block open.", line=self._open[-1].line)

    def _named(self, at: int) -> _Block:
        """The block that a brace opens, by the words before it."""
        back = at - 1
        argument = ""
        if back >= 0 and self._tokens[back].text == ")":
            while back >= 0 and self._tokens[back].text != "(":
                if self._tokens[back].kind == "text":
                    argument = _unquoted(self._tokens[back].text)
                back -= 1
            back -= 1
        elif back >= 0 and self._tokens[back].kind == "text":
            argument = _unquoted(self._tokens[back].text)
            back -= 1
        token = self._tokens[back] if back >= 0 else self._tokens[at]
        return _Block(token.text if token.kind == "word" else "", argument, token.line)

    def _word(self, at: int, token: _Token) -> None:
        names = [block.name for block in self._open]
        if not self._stages or "stage" not in names:
            return
        if "when" in names[len(names) - names[::-1].index("stage") :]:
            self._when(at, token)
        elif token.text == "input" and not _opens(self._tokens, at - 1):
            name, line, steps, events, _ = self._stages[-1]
            self._stages[-1] = (name, line, steps, events, True)
        elif token.text in _SHELLS and ("steps" in names or "post" in names):
            self._shell(at, token, names)

    def _when(self, at: int, token: _Token) -> None:
        name, line, steps, events, manual = self._stages[-1]
        following = self._tokens[at + 1 : at + 4]
        if any(block.name in ("not", "anyOf") for block in self._open):
            return
        if token.text == "branch":
            events = events - {REVIEW, TAG}
        elif token.text == "buildingTag":
            events = events & {TAG}
        elif token.text == "changeRequest":
            events = events & {REVIEW}
        elif token.text == "expression" and any(t.text == "false" for t in following):
            events = frozenset()
        self._stages[-1] = (name, line, steps, events, manual)

    def _shell(self, at: int, token: _Token, names: list[str]) -> None:
        soft = "`catchError` hides its failure" if _SOFT.intersection(names) else ""
        script: _Token | None = None
        for following in self._tokens[at + 1 : at + 16]:
            if following.text in ("}", "{") and following.kind == "brace":
                break
            if following.text in _SHELLS:
                break
            if following.kind == "text" and script is None:
                script = following
            if following.text in ("returnStatus", "returnStdout"):
                soft = soft or (
                    "`returnStatus` hides its failure" if following.text == "returnStatus" else ""
                )
        if script is None:
            return
        plain = token.text == "sh"
        folder = next((b.argument for b in reversed(self._open) if b.name == "dir"), "")
        text = _unquoted(script.text)
        after = "post" in names
        rescues = after and bool({"failure", "unsuccessful", "unstable"}.intersection(names))
        step = CiStep(
            text,
            self._path,
            script.line,
            ShellOptions(plain, False),
            events=frozenset() if rescues else EVERYTHING,
            folder=folder,
            tolerated=soft,
            always=after,
            rescues=rescues,
        )
        self._stages[-1][2].append(step)

    def jobs(self) -> Iterator[CiJob]:
        """One job for each stage that runs something, each waiting for all before it."""
        before: list[str] = []
        for at, (name, line, steps, events, manual) in enumerate(self._stages):
            unique = f"{name or 'stage'} #{at + 1}"
            yield CiJob(
                unique, self._path, line, tuple(steps), events, frozenset(before), manual=manual
            )
            before.append(unique)
