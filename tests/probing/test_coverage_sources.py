"""Which source files a coverage report should measure."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_sources import coverage_sources, family
from auditor.probing.testing import FakeTree


def runnable(path: str, text: str) -> bool:
    return path in coverage_sources(Repo(FakeTree({path: text})), ()).runnable


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/a.py", "LIMIT = 3\n"),
        ("a.go", "package a\n\nfunc One() int {\n\treturn 1\n}\n"),
        ("a.go", "package a\n\nvar f = func() int { return 1 }\n"),
        ("A.java", "package a;\nclass A { int b = 1; }\n"),
        ("A.java", "interface A { default int one() { return 1; } }\n"),
        ("A.java", "enum A { B, C }\n"),
        ("src/a.ts", "export const one = () => 1;\n"),
        ("src/a.ts", "export interface A { b: string }\nexport enum C { D }\n"),
        ("src/a.ts", "export default function one() { return 1; }\n"),
        ("src/a.js", "module.exports = { one: () => 1 };\n"),
        ("src/app/app.config.ts", "export const config = { a: load() };\n"),
        ("a.rb", "puts 1\n"),
        ("A.cs", "class A { public int B { get; set; } }\n"),
        ("Program.cs", "Console.WriteLine(1);\n"),
        ("a.kt", "data class A(val b: Int)\n"),
        ("a.kt", "val a = load()\n"),
        ("a.kt", "class A(val b: Int) // its interface\n"),
        ("src/a.rs", "pub trait A { fn b(&self) -> i32 { 3 } }\n"),
        ("src/a.hpp", "inline int one() { return 1; }\n"),
        ("src/a.cpp", "int one = two();\n"),
    ],
)
def test_a_file_with_statements_should_be_measured(path: str, text: str) -> None:
    assert runnable(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/__init__.py", '"""The app."""\n'),
        ("app/a.pyi", "def one() -> int: ...\n"),
        ("a.go", "package a\n\ntype A struct {\n\tB int\n}\n\nconst C = 1\n"),
        ("a.go", "package a\n\nfunc One() {\n\t// nothing yet\n}\n"),
        ("A.java", "package a;\npublic interface A { int one(); }\n"),
        ("A.java", "public @interface A { int one() default 1; }\n"),
        ("src/a.ts", "import { B } from './b';\nexport type A = B | string;\n"),
        ("src/a.ts", "export interface A { b: string }\ndeclare const x: number;\n"),
        ("src/index.ts", "export * from './a';\nexport { b } from './b';\n"),
        ("A.cs", "public interface A { int B(); }\npublic enum C { D }\n"),
        ("a.kt", "interface A { fun b(): Int }\nconst val C = 1\n"),
        ("a.kt", "@Target annotation class A(val b: Int)\n"),
        ("src/lib.rs", "pub mod a;\npub trait B { fn c(&self) -> i32; }\n"),
        ("src/a.h", "int one(void);\nstruct a { int b; };\n"),
        ("src/a.d.ts", "export const one: number;\n"),
        ("jest.config.js", "module.exports = { preset: 'x' };\n"),
        ("build.gradle.kts", "plugins { java }\n"),
        ("setup.py", "from setuptools import setup\nsetup()\n"),
        ("tests/test_a.py", "def test_a():\n    assert 1\n"),
        ("docs/a.md", "# A\n"),
    ],
)
def test_types_declarations_set_up_and_tests_need_no_measurement(path: str, text: str) -> None:
    assert not runnable(path, text)


def test_lines_are_counted_and_what_could_not_be_read_is_kept() -> None:
    tree = FakeTree({"a.py": "x = 1\ny = 2\n", "b.py": Trouble(ProblemKind.DENIED, "b.py: no.")})
    found = coverage_sources(Repo(tree), ())
    assert found.lines == {"a.py": 3}
    assert found.unread == {"b.py"}
    assert found.ships("b.py")
    assert not found.ships("c.py")


def test_a_measured_file_is_not_looked_at_again() -> None:
    tree = FakeTree({"src/index.ts": "export * from './a';\n"})
    assert coverage_sources(Repo(tree), ["src/index.ts"]).runnable == {"src/index.ts"}


def test_languages_that_one_test_run_measures_are_a_family() -> None:
    assert family("a.ts") == family("b.jsx") == family("c.vue") == "javascript"
    assert family("A.kt") == family("B.java") == "java"
    assert family("a.py") == "python"
    assert family("a.md") == ""
