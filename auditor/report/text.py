"""Makes text that came from a target harmless wherever it is shown: terminal, Markdown, JSON."""

from __future__ import annotations

import re
import unicodedata

# Printable according to Unicode, yet drawn as nothing: fillers, joiners, a blank Braille cell.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def plain(text: str) -> str:
    """`text` with every control, bidi, zero-width and other invisible character spelled out.

    ESC becomes the four characters `\\x1b`. Line ends stay; a tab becomes four spaces, any other
    kind of space an ordinary one. The result can always be encoded as UTF-8.
    """
    text = text.replace("\r\n", "\n")
    if text.isprintable() and not _INVISIBLE.intersection(text):
        return text
    return "".join(_shown(char) for char in text)


def one_line(text: str) -> str:
    """`plain` text on a single line."""
    return " ".join(part.strip() for part in plain(text).split("\n") if part.strip())


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters of `text` on one line; what is cut off is marked with `…`."""
    line = one_line(text)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _shown(char: str) -> str:
    if char == "\n":
        return char
    if char == "\t":
        return "    "
    if char in _INVISIBLE or not char.isprintable():
        return " " if unicodedata.category(char) == "Zs" else _escape(char)
    return char


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def json_safe(document: str) -> str:
    """A JSON text in which what a terminal could obey or hide is written as `\\uXXXX`.

    Nothing is lost: a parser gives the same strings back. Only a lone surrogate, which is no
    Unicode text (a file name in another encoding), becomes six characters that spell it.
    """
    if document.replace("\n", "").isprintable() and _INVISIBLE.isdisjoint(document):
        return document
    return "".join(_json_escape(char) for char in document)


def _json_escape(char: str) -> str:
    if char == "\n" or (char.isprintable() and char not in _INVISIBLE):
        return char
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return f"\\\\u{code:04x}"
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


_PUNCTUATION = re.compile(r"[\\`*\[\]|~$]")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#|\w)")
_BLOCK_START = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+>#=]))([-+>#=.)])")
# A forge turns these into notifications and cross-references, even when they are escaped; a
# zero-width space after the sign is the usual remedy: https://docs.renovatebot.com
_MENTION = re.compile(r"(?<!\w)@(?=\w)|[#!](?=\d)")


def markdown(text: str) -> str:
    """`text` as inline Markdown that shows exactly these words: no markup, no HTML, no mention."""
    line = one_line(text)
    line = _ENTITY.sub("&amp;", line)
    line = _PUNCTUATION.sub(r"\\\g<0>", line)
    line = _UNDERSCORE.sub(r"\\_", line)
    # `- x`, `# x`, `1. x` would begin a list or a heading at the start of a list item.
    line = _BLOCK_START.sub(r"\1\\\2", line)
    line = line.replace("<", "&lt;")
    return _MENTION.sub(r"\g<0>&#8203;", line)


def markdown_code(text: str) -> str:
    """`text` as a Markdown code span that holds in a paragraph, a list and a table."""
    line = one_line(text)
    if "|" in line:
        # A table ends a cell at `|` even inside a code span, and elsewhere `\|` would show.
        line = line.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
        for sign in "\\`*_[]~$":
            line = line.replace(sign, f"&#{ord(sign)};")
        return f"<code>{line}</code>"
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def markdown_block(text: str, indent: str = "") -> str:
    """`text` as a fenced block; every line begins with `indent`. The fence outgrows its content."""
    body = plain(text).strip("\n")
    fence = "`" * max(3, _longest_run(body) + 1)
    return "\n".join(f"{indent}{line}".rstrip() for line in (fence, *body.split("\n"), fence))


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def address(url: str) -> str:
    """`url` without the user and password that it may carry, as remotes in a CI often do."""
    return re.sub(r"(?<=://)[^/?#\s]*@", "", url)


def web_address(url: str | None) -> str | None:
    """`url` where a reader may follow it (http or https, nothing odd in it), else None."""
    if url and re.fullmatch(r"https?://[^\s<>\"'`\\|(){}]+", url) and url == plain(url):
        return url
    return None
