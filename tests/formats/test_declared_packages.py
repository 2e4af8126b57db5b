"""Manifests tell shipped packages from those of development."""

from __future__ import annotations

import pytest

from auditor.formats.packages.declared_packages import declared, is_manifest
from auditor.formats.text.errors import Malformed, TooLarge


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", '{"dependencies": {"pg": "8"}, "devDependencies": {"pg-mem": "1"}}'),
        ("composer.json", '{"require": {"PG": "*"}, "require-dev": {"pg-mem": "*"}}'),
        ("pyproject.toml", '[project]\ndependencies = ["pg[x]>=1"]\n[dependency-groups]\ntest = ["pg_mem"]\n'),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "3"\npg = "1"\n[tool.poetry.group.dev.dependencies]\npg-mem = "1"\n'),
        ("Pipfile", '[packages]\npg = "*"\n[dev-packages]\npg-mem = "*"\n'),
        ("Cargo.toml", '[dependencies]\npg = "1"\n[dev-dependencies]\npg-mem = "1"\n'),
        ("pom.xml", "<dependencyManagement><dependency><artifactId>x</artifactId></dependency></dependencyManagement>"
         "<dependency><artifactId>pg</artifactId></dependency>"
         "<dependency><artifactId>pg-mem</artifactId><scope>test</scope></dependency>"),
        ("build.gradle", "implementation 'org.x:pg:1'\n  testImplementation(\"org.x:pg-mem:1\")\n"),
        ("Gemfile", "gem 'pg'\ngroup :test do\n  gem 'pg-mem'\nend\n"),
        ("mix.exs", '{:pg, "1"},\n{:"x"}\n'),
    ],
)  # fmt: skip
def test_shipped_and_development_are_apart(path: str, text: str) -> None:
    found = declared(path, text.encode())
    assert found.shipped == {"pg"}
    assert found.development <= {"pg-mem"}
    assert found.development or path == "mix.exs"


def test_go_leaves_out_indirect_modules_and_major_versions() -> None:
    text = "module x.io/a\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.1.0\n\tgithub.com/b/c v1 // indirect\n)\n"
    assert declared("go.mod", text.encode()).shipped == {"github.com/jackc/pgx"}


def test_requirements_are_of_development_by_their_name() -> None:
    assert declared("requirements/test.txt", b"pg==1\n").development == {"pg"}
    assert declared("requirements/base.txt", b"pg==1\n").shipped == {"pg"}


def test_a_project_of_tests_ships_nothing() -> None:
    text = b'<PackageReference Include="Npgsql" Version="1" />'
    assert declared("src/shop.csproj", text).shipped == {"npgsql"}
    assert declared("tests/shop.tests.csproj", text).development == {"npgsql"}


def test_broken_manifests_are_refused() -> None:
    with pytest.raises(Malformed):
        declared("pyproject.toml", b"[x")
    with pytest.raises(Malformed):
        declared("package.json", b"{")
    with pytest.raises(TooLarge):
        declared("Cargo.toml", b"a" + b".a" * 5_000 + b" = 1")


def test_hostile_text_is_read_in_time() -> None:
    assert declared("pom.xml", b"<dependency>" * 200_000).shipped == frozenset()
    assert declared("go.mod", b"\n" * 500_000).shipped == frozenset()


def test_other_files_are_no_manifest() -> None:
    assert not is_manifest("setup.json")
    assert declared("setup.json", b"x").all == frozenset()
