"""Which language a file is written in, and which grammar reads it.

The table is the guard before the parser, which dies on a language it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Grammar:
    """A tree-sitter grammar and the names that it gives to the nodes that are read here.

    `comments` are its comments, `ignored` what carries no logic (imports, package clauses, `pass`),
    `bodies` the definitions that count for nothing when their body is empty.
    """

    name: str
    comments: tuple[str, ...] = ("comment",)
    ignored: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()


_SCRIPT_BODIES = (
    "function_declaration", "generator_function_declaration", "method_definition",
    "class_declaration", "lexical_declaration",
)  # fmt: skip
_TYPED_BODIES = (*_SCRIPT_BODIES, "interface_declaration", "abstract_class_declaration")

GRAMMARS = {
    g.name: g
    for g in (
        Grammar(
            "python",
            ignored=(
                "import_statement", "import_from_statement", "future_import_statement", "pass_statement",
            ),
            bodies=("function_definition", "class_definition", "decorated_definition"),
        ),
        Grammar("javascript", ignored=("import_statement",), bodies=_SCRIPT_BODIES),
        Grammar("typescript", ignored=("import_statement",), bodies=_TYPED_BODIES),
        Grammar("tsx", ignored=("import_statement",), bodies=_TYPED_BODIES),
        Grammar(
            "go",
            ignored=("package_clause", "import_declaration"),
            bodies=("function_declaration", "method_declaration"),
        ),
        Grammar(
            "java",
            comments=("line_comment", "block_comment"),
            ignored=("package_declaration", "import_declaration"),
            bodies=(
                "method_declaration", "constructor_declaration", "class_declaration",
                "interface_declaration", "enum_declaration",
            ),
        ),
        Grammar(
            "kotlin",
            comments=("line_comment", "multiline_comment"),
            ignored=("package_header", "import_header"),
            bodies=("function_declaration", "class_declaration", "object_declaration"),
        ),
        Grammar(
            "scala",
            comments=("comment", "block_comment"),
            ignored=("package_clause", "import_declaration"),
            bodies=("function_definition", "class_definition", "object_definition"),
        ),
        Grammar(
            "csharp",
            ignored=("using_directive",),
            bodies=(
                "method_declaration", "constructor_declaration", "class_declaration",
                "namespace_declaration", "interface_declaration",
            ),
        ),
        Grammar(
            "rust",
            comments=("line_comment", "block_comment"),
            ignored=("use_declaration", "extern_crate_declaration"),
            bodies=("function_item", "impl_item", "mod_item"),
        ),
        Grammar("ruby", bodies=("method", "singleton_method", "class", "module")),
        Grammar(
            "php",
            ignored=("namespace_definition", "namespace_use_declaration", "php_tag"),
            bodies=("method_declaration", "function_definition", "class_declaration"),
        ),
        Grammar("c", ignored=("preproc_include",), bodies=("function_definition",)),
        Grammar(
            "cpp",
            ignored=("preproc_include", "using_declaration"),
            bodies=("function_definition", "class_specifier", "namespace_definition"),
        ),
        Grammar(
            "swift",
            comments=("comment", "multiline_comment"),
            ignored=("import_declaration",),
            bodies=("function_declaration", "class_declaration"),
        ),
        Grammar(
            "dart",
            ignored=("import_or_export",),
            bodies=("class_declaration", "function_declaration", "method_declaration"),
        ),
        Grammar("elixir"),
        Grammar("lua", bodies=("function_declaration",)),
        Grammar("haskell", ignored=("import",)),
        Grammar("bash", bodies=("function_definition",)),
    )
}  # fmt: skip

PATHS = 100_000
"""How many paths the answers are kept for of what every probe asks of each path."""

EMBEDDED = "embedded"
"""Grammar name of files that hold scripts among markup (Vue, Svelte)."""

_LANGUAGES: dict[str, tuple[str, str]] = {
    "python": ("python", "py pyw pyi"),
    "javascript": ("javascript", "js mjs cjs jsx"),
    "typescript": ("typescript", "ts mts cts"),
    "go": ("go", "go"),
    "java": ("java", "java"),
    "kotlin": ("kotlin", "kt kts"),
    "scala": ("scala", "scala sc"),
    "csharp": ("csharp", "cs"),
    "rust": ("rust", "rs"),
    "ruby": ("ruby", "rb rake"),
    "php": ("php", "php"),
    "c": ("c", "c"),
    "cpp": ("cpp", "cc cpp cxx hh hpp hxx"),
    "swift": ("swift", "swift"),
    "dart": ("dart", "dart"),
    "elixir": ("elixir", "ex exs"),
    "lua": ("lua", "lua"),
    "haskell": ("haskell", "hs"),
    "bash": ("bash", "sh bash"),
    "vue": (EMBEDDED, "vue"),
    "svelte": (EMBEDDED, "svelte"),
    "groovy": ("", "groovy"),
    "perl": ("", "pl pm"),
    "clojure": ("", "clj cljs cljc"),
    "erlang": ("", "erl"),
    "fsharp": ("", "fs"),
    "visualbasic": ("", "vb"),
    "julia": ("", "jl"),
    "r": ("", "r"),
    "powershell": ("", "ps1"),
    "coffeescript": ("", "coffee"),
    "objectivec": ("", "m mm"),
}
_BY_EXTENSION = {
    extension: (language, grammar)
    for language, (grammar, extensions) in _LANGUAGES.items()
    for extension in extensions.split()
} | {"tsx": ("typescript", "tsx"), "h": ("c", "cpp")}


@lru_cache(maxsize=PATHS)
def language_of(path: str) -> str | None:
    """The programming language of a file by its name, lower case; None for markup, data and prose."""
    found = _BY_EXTENSION.get(_extension(path))
    return found[0] if found else None


@lru_cache(maxsize=PATHS)
def grammar_of(path: str) -> str | None:
    """The grammar that reads a file: a key of GRAMMARS, EMBEDDED, or None where there is none."""
    found = _BY_EXTENSION.get(_extension(path))
    return (found[1] or None) if found else None


_HASH = frozenset(
    {"python", "ruby", "bash", "elixir", "perl", "julia", "r", "powershell", "coffeescript"}
)
_OTHER_SIGNS = {"clojure": ";", "erlang": "%", "lua": "--", "haskell": "--", "visualbasic": "'"}


def comment_sign(language: str) -> str:
    """What opens a comment that runs to the end of its line."""
    return "#" if language in _HASH else _OTHER_SIGNS.get(language, "//")


def _extension(path: str) -> str:
    name = path.rpartition("/")[2]
    if name.endswith(".blade.php"):
        return ""
    return name.rpartition(".")[2].lower() if "." in name else ""
