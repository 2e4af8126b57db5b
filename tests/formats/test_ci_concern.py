"""What a command of a pipeline is about: the service, another part of the repository, or unclear."""

from __future__ import annotations

import pytest

from auditor.formats.ci import ci_members
from auditor.formats.ci.ci_concern import Concern, Layout
from auditor.formats.containers import compose

OURS, OTHER, UNCLEAR = Concern.OURS, Concern.OTHER, Concern.UNCLEAR
FILES = frozenset({
    "package.json", "apps/api/pyproject.toml", "apps/api/tests/test_a.py", "apps/web/package.json",
    "apps/plain/readme.txt", "libs/kit/package.json", "scripts/test.sh", "tests/test_all.py",
})  # fmt: skip
API = Layout("apps/api", FILES, frozenset({"@shop/api", "shop-api"}))


@pytest.mark.parametrize(
    ("text", "folder", "expected"),
    [
        ("pytest", "apps/api", OURS),
        ("pytest", "apps/api/tests", OURS),
        ("pytest apps/api", "", OURS),
        ("pytest apps/api/tests/test_a.py::test_x", "", OURS),
        ("pytest api/tests", "apps", OURS),
        ("python apps/api/tests/test_a.py", "", OURS),
        ("tox -c=apps/api", "", OURS),
        ("pytest apps/api apps/web", "", OURS),
        ("bazel test //apps/api/...", "", OURS),
        ("bazel test //...", "", OURS),
        ("./gradlew :apps:api:test", "", OURS),
        ("pnpm --filter @shop/api test", "", OURS),
        ("pnpm --filter ./apps/* test", "", OURS),
        ("npx turbo run test --filter=shop-api...", "", OURS),
        ("yarn workspace shop-api test", "", OURS),
        ("nx test api", "", OURS),
        ("nx run api:test", "", OURS),
        ("pytest", "apps/web", OTHER),
        ("pytest", "apps/plain", OTHER),
        ("npm test --prefix libs/kit", "", OTHER),
        ("go test ./apps/web/...", "", OTHER),
        ("./gradlew :apps:web:test", "", OTHER),
        ("pnpm --filter web test", "", OTHER),
        ("nx test web", "", OTHER),
        ("pytest", "", UNCLEAR),
        ("pytest", "apps", UNCLEAR),
        ("pytest tests", "", UNCLEAR),
        ("make test-api", "", UNCLEAR),
        ("scripts/test.sh", "", UNCLEAR),
        ("nx run-many -t test", "", UNCLEAR),
        ("pnpm --filter !web test", "", UNCLEAR),
        ("pnpm --filter web... test", "", UNCLEAR),
        ("turbo run test --filter=[origin/main]", "", UNCLEAR),
        ("pytest --ignore=docs", "", UNCLEAR),
    ],
)
def test_the_folder_a_path_or_a_package_shows_what_a_command_is_about(
    text: str, folder: str, expected: Concern
) -> None:
    assert API.command(text, folder) is expected


def test_in_a_repository_that_is_the_service_everything_is_about_it() -> None:
    assert Layout("", FILES).command("pytest", "apps/web") is OURS


def test_what_runs_beside_the_manifest_of_the_service_is_about_it() -> None:
    go = Layout("services/orders", frozenset({"go.mod", "services/orders/main.go"}))
    assert go.command("go test ./...", "") is OURS
    assert go.command("go test ./services/pay/...", "") is UNCLEAR or go.unit == ""
    both = Layout(
        "services/orders", frozenset({"go.mod", "services/orders/main.go", "services/pay/main.go"})
    )
    assert both.command("go test ./services/pay/...", "") is OTHER
    nested = Layout(
        "back/services/orders",
        frozenset({"back/go.mod", "package.json", "back/services/orders/main.go"}),
    )
    assert (nested.command("make", "back"), nested.command("make", "")) == (OURS, UNCLEAR)


def test_without_any_manifest_the_root_shows_nothing() -> None:
    bare = Layout("backend", frozenset({"backend/app.py", "frontend/app.js"}))
    assert (bare.command("pytest", ""), bare.command("pytest", "backend")) == (UNCLEAR, OURS)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("apps/api/**",), True),
        (("apps/api/**", ".github/workflows/api.yml", "libs/**"), True),
        (("!docs/**", "apps/api/src/*.py"), True),
        (("apps/api/**", "apps/web/**"), False),
        (("apps/**",), False),
        (("!apps/api/**",), False),
        ((), False),
    ],
)
def test_a_path_filter_counts_where_it_lets_in_the_service_alone(
    patterns: tuple[str, ...], expected: bool
) -> None:
    assert API.filtered(patterns) is expected


@pytest.mark.parametrize(
    ("tool", "content", "text", "expected"),
    [
        ("maven", "<modules><module>api</module></modules>", "mvn verify", True),
        ("maven", "<modules><module>api-client</module></modules>", "mvn verify", False),
        ("gradle", 'include(":web",\n  ":api")', "gradle test", True),
        ("gradle", 'include(":api-client")', "gradle test", False),
        ("cargo test", '[workspace]\nmembers = [\n "api",\n]', "cargo test", True),
        ("cargo test", '[package]\n[workspace]\nmembers = ["api"]', "cargo test", False),
        ("cargo test", '[package]\n[workspace]\nmembers = ["api"]', "cargo test --workspace", True),
        ("pytest", "[pytest]\ntestpaths =\n  web/tests\n  api/tests\n", "pytest", True),
        ("pytest", "[tool.pytest.ini_options]\ntestpaths = ['api']\n", "pytest", True),
        ("pytest", "[pytest]\ntestpaths = web\n[x]\nsource = api\n", "pytest", False),
        ("pytest", "[pytest]\ntestpaths = old/api\n", "pytest", False),
        ("jest", "api", "jest", False),
    ],
)
def test_member_lists_are_read(tool: str, content: str, text: str, expected: bool) -> None:
    assert ci_members.lists(tool, content, "api", text) is expected


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("docker compose run --rm -e CI=1 api pytest", "api"),
        ("docker-compose -f ci.yml exec -T api pytest", "api"),
        ("docker compose up", None),
        ("docker run api pytest", None),
        ("docker compose run --rm", None),
    ],
)
def test_the_service_of_a_container_command_is_found(text: str, service: str | None) -> None:
    assert ci_members.compose_service(text) == service


def test_a_compose_service_tells_what_it_is_built_from() -> None:
    file = compose.read(
        "services:\n  api: {build: ../apps/api}\n  web: {build: {context: .., dockerfile: apps/web/Dockerfile}}\n"
        "  db: {image: postgres}\n  far: {build: 'https://example.invalid/x.git'}\n"
    )
    found = {
        n: ci_members.built_from(file.services, n, "docker")
        for n in ("api", "web", "db", "far", "gone")
    }
    assert found == {"api": ["apps/api"], "web": ["apps/web"], "db": [], "far": [], "gone": []}


def test_where_no_other_part_is_the_root_is_about_the_service() -> None:
    tree = {"backend/pyproject.toml", "backend/app.py", "web/index.html"}
    assert Layout("backend", frozenset(tree)).command("pytest", "") is OURS
    assert (
        Layout("backend", frozenset(tree | {"web/package.json"})).command("pytest", "") is UNCLEAR
    )
    beside = {"src/cart/src/cart.csproj", "src/cart/tests/cart.tests.csproj", "src/pay/pay.csproj"}
    cart = Layout("src/cart/src", frozenset(beside))
    assert cart.command("dotnet test src/cart/", "") is OURS
    assert cart.command("dotnet test src/pay", "") is OTHER
    assert cart.command("dotnet test", "") is UNCLEAR


def test_what_runs_in_the_service_may_pick_any_of_its_packages() -> None:
    files = frozenset({"clients/package.json", "clients/apps/shop/package.json", "server/go.mod"})
    clients = Layout("clients", files)
    assert clients.command("pnpm --filter shop test", "clients") is OURS
    assert clients.command("pnpm --filter shop test", "") is OTHER
    assert (
        Layout("clients", files, frozenset({"shop"})).command("pnpm --filter shop test", "") is OURS
    )


def test_a_solution_lists_its_projects() -> None:
    solution = 'Project("{9A}") = "Api", "Api\\Api.csproj", "{07}"\n'
    assert ci_members.lists("dotnet test", solution, "Api", "dotnet test All.sln")
    assert not ci_members.lists("dotnet test", solution, "Ap", "dotnet test All.sln")
