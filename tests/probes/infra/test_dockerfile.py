"""What infra.dockerfile says of the Dockerfiles of a service."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.infra.dockerfile import LISTS, dockerfile

DIGEST = "@sha256:" + "a" * 64
GOOD = f"""
FROM python:3.12-slim{DIGEST} AS build
WORKDIR /build
COPY requirements.txt .
RUN pip install --prefix /venv -r requirements.txt

FROM python:3.12-slim{DIGEST}
COPY --from=build /venv /venv
COPY app /srv/app
USER 10001
HEALTHCHECK --interval=10s CMD ["python", "-m", "app.healthcheck"]
CMD ["python", "-m", "app"]
"""
FILES = {"requirements.txt": "x==1\n", "app/__init__.py": "", "app/__main__.py": "print()\n"}
EMPTY: dict[str, Any] = {fact.key: [] for fact in LISTS}


def seen(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts about made-up files, without those that are empty."""
    return {
        key: value
        for key, value in values(run_probe(dockerfile, repo=files, **options)).items()
        if value
    }


def of(text: str, key: str, **files: str) -> list[str]:
    """One list about a Dockerfile of that text beside the usual files."""
    found = values(run_probe(dockerfile, repo={**FILES, **files, "Dockerfile": text}))[
        f"image.{key}"
    ]
    assert isinstance(found, list)
    return found


def good(old: str, new: str) -> str:
    """The good Dockerfile with one change."""
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_dockerfile_with_everything_has_no_complaint() -> None:
    evidence = run_probe(dockerfile, repo={**FILES, "Dockerfile": GOOD})
    assert values(evidence) == {"image.dockerfiles": ["Dockerfile"], **EMPTY}
    assert problems(evidence) == []


def test_no_dockerfile_is_a_fact_that_says_what_was_searched() -> None:
    evidence = run_probe(dockerfile, repo={"app.py": "x = 1\n"})
    assert values(evidence) == {"image.dockerfiles": [], **EMPTY}
    assert "searched: Dockerfile*" in evidence.facts[0].source.locator


def test_an_empty_repository_has_no_dockerfile() -> None:
    assert values(run_probe(dockerfile, repo={})) == {"image.dockerfiles": [], **EMPTY}


@pytest.mark.parametrize("text", ["", "# FROM python\n# USER app\n", "\n \n", "RUN true\n"])
def test_false_green_a_dockerfile_without_stages_is_invalid_and_hides_the_empty_lists(
    text: str,
) -> None:
    evidence = run_probe(dockerfile, repo={"Dockerfile": text})
    assert problems(evidence) == ["malformed"]
    assert set(values(evidence)) == {"image.dockerfiles", "image.invalid"}
    assert "image.root_final_stages" in evidence.problems[0].facts


def test_a_dockerfile_that_does_not_parse_is_named_with_its_line() -> None:
    assert seen({"Dockerfile": "FROM a\nFORM b\n"})["image.invalid"] == [
        "Dockerfile:2 Dockerfile cannot be built: `FORM` is not a Dockerfile instruction."
    ]


def test_bytes_that_are_no_text_are_invalid() -> None:
    assert seen({"Dockerfile": b"\x00\x01FROM"})["image.invalid"]


def test_a_dockerfile_that_may_not_be_read_is_a_problem_and_no_list_is_empty_for_it() -> None:
    denied = Trouble(ProblemKind.DENIED, "Dockerfile could not be read.")
    evidence = run_probe(dockerfile, repo={"Dockerfile": denied})
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {"image.dockerfiles": ["Dockerfile"]}


def test_what_one_file_shows_is_kept_when_another_cannot_be_read() -> None:
    denied = Trouble(ProblemKind.DENIED, "b/Dockerfile could not be read.")
    found = seen({**FILES, "a/Dockerfile": "FROM node:22\nRUN x\n", "b/Dockerfile": denied})
    assert found["image.unpinned_bases"] == ["a/Dockerfile:1 node:22 (a tag without digest)"]
    assert "image.missing_copy_sources" not in found


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("node:22.1.0", "a tag without digest"),
        ("node:latest", "a tag that moves"),
        ("node", "no digest and no tag"),
        ("node:22@sha256:abc", "no digest and no tag"),
        ("node:$TAG", "decided by a variable without default"),
    ],
)
def test_a_base_without_digest_is_listed_with_what_it_has_instead(reference: str, why: str) -> None:
    (entry,) = of(
        good(f"python:3.12-slim{DIGEST} AS build", f"{reference} AS build"), "unpinned_bases"
    )
    assert entry.startswith("Dockerfile:2 ")
    assert entry.endswith(f"({why})")


def test_false_green_an_image_that_files_are_copied_from_needs_a_digest_too() -> None:
    text = good("USER 10001", "COPY --from=ghcr.io/astral-sh/uv:0.9.2 /uv /bin/\nUSER 10001")
    assert of(text, "unpinned_bases") == [
        "Dockerfile:10 ghcr.io/astral-sh/uv:0.9.2 (a tag without digest)"
    ]


def test_a_variable_that_chooses_an_earlier_stage_names_no_image() -> None:
    text = f"FROM a:1{DIGEST} AS build_arm\nFROM build_${{ARCH}} AS b\nFROM ${{BASE}}\nCOPY --from=b /x /x\n"
    assert of(text, "unpinned_bases") == [
        "Dockerfile:3 ${BASE} (decided by a variable without default)"
    ]


def test_scratch_and_earlier_stages_need_no_digest() -> None:
    text = good(f"FROM python:3.12-slim{DIGEST}\nCOPY", "FROM scratch AS base\nFROM base\nCOPY")
    assert of(text, "unpinned_bases") == []


def test_false_green_a_user_before_the_last_from_does_not_count() -> None:
    text = good("USER 10001\n", "").replace("WORKDIR /build", "USER app")
    assert of(text, "root_final_stages") == [
        "Dockerfile:7 the last stage has no USER, and its base python:3.12-slim is not known to set one"
    ]


@pytest.mark.parametrize("user", ["root", "0", "0:0", '"root"', "root:app", "app\nUSER 0"])
def test_false_green_a_user_that_is_root_in_the_end_is_root(user: str) -> None:
    (entry,) = of(good("USER 10001", f"USER {user}"), "root_final_stages")
    assert "the last stage runs as" in entry


def test_a_user_that_a_variable_without_default_decides_is_not_shown_to_be_safe() -> None:
    (entry,) = of(good("USER 10001", "ARG WHO\nUSER $WHO"), "root_final_stages")
    assert entry == "Dockerfile:11 the last stage runs as ${WHO}, a variable without default"
    assert of(good("USER 10001", "ARG WHO=app\nUSER $WHO"), "root_final_stages") == []


@pytest.mark.parametrize(
    "base",
    [
        "gcr.io/distroless/static:nonroot",
        "cgr.dev/chainguard/python:latest",
        "nginxinc/nginx-unprivileged:1",
    ],
)
def test_a_base_that_is_known_not_to_be_root_needs_no_user(base: str) -> None:
    text = good(f"FROM python:3.12-slim{DIGEST}\nCOPY", f"FROM {base}\nCOPY").replace(
        "USER 10001\n", ""
    )
    assert of(text, "root_final_stages") == []


def test_the_user_that_the_images_of_dotnet_define_is_not_root_elsewhere_it_is_unknown() -> None:
    text = good("USER 10001", "USER $APP_UID")
    assert len(of(text, "root_final_stages")) == 1
    assert (
        of(
            text.replace("python:3.12-slim", "mcr.microsoft.com/dotnet/aspnet:9.0"),
            "root_final_stages",
        )
        == []
    )


@pytest.mark.parametrize(
    "check",
    [
        "HEALTHCHECK CMD exit 0",
        'HEALTHCHECK CMD ["true"]',
        'HEALTHCHECK CMD ["sh", "-c", "exit 0"]',
        "HEALTHCHECK CMD curl -f http://localhost/ || exit 0",
        'HEALTHCHECK CMD ["/bin/sh", "-c", "curl -f http://localhost/ || true"]',
        "HEALTHCHECK CMD echo ok",
        'HEALTHCHECK CMD python -c "import sys; sys.exit(0)"',
        "HEALTHCHECK CMD node -e 'process.exit(0)'",
        "HEALTHCHECK CMD ls",
    ],
)
def test_false_green_a_health_check_that_cannot_fail_is_none(check: str) -> None:
    text = good('HEALTHCHECK --interval=10s CMD ["python", "-m", "app.healthcheck"]', check)
    assert of(text, "without_healthcheck") == [
        "Dockerfile:11 the last stage has a HEALTHCHECK that cannot fail"
    ]


@pytest.mark.parametrize(
    "check",
    [
        "HEALTHCHECK CMD curl -f http://localhost/ || exit 1",
        "HEALTHCHECK CMD python -c 'import sys; sys.exit(0 if check() else 1)'",
        "HEALTHCHECK CMD ls /tmp/ready",
        'HEALTHCHECK CMD ["wget", "-q", "--spider", "http://localhost/"]',
    ],
)
def test_a_health_check_that_can_fail_counts(check: str) -> None:
    text = good('HEALTHCHECK --interval=10s CMD ["python", "-m", "app.healthcheck"]', check)
    assert of(text, "without_healthcheck") == []


def test_false_green_healthcheck_none_and_one_in_another_stage_are_no_health_check() -> None:
    line = 'HEALTHCHECK --interval=10s CMD ["python", "-m", "app.healthcheck"]'
    assert of(good(line, "HEALTHCHECK NONE"), "without_healthcheck") == [
        "Dockerfile:7 the last stage disables its HEALTHCHECK"
    ]
    moved = good(line, "").replace("WORKDIR /build", line)
    assert of(moved, "without_healthcheck") == ["Dockerfile:7 the last stage has no HEALTHCHECK"]


def test_false_green_only_from_scratch_builds_nothing() -> None:
    assert of("FROM scratch\n", "invalid") == [
        "Dockerfile:1 adds nothing to scratch: it has no COPY, ADD or RUN"
    ]


def test_false_green_a_lone_dockerfile_that_adds_nothing_to_its_base_is_invalid() -> None:
    text = f'FROM a:1{DIGEST} AS x\nFROM b:1{DIGEST}\nUSER 1\nHEALTHCHECK CMD curl -f http://localhost\nCMD ["x"]\n'
    assert of(text, "invalid") == [
        f"Dockerfile:2 adds nothing to b:1{DIGEST}: it has no COPY, ADD or RUN"
    ]
    assert "image.invalid" not in seen({**FILES, "Dockerfile": GOOD, "proxy/Dockerfile": text})


def test_a_source_that_is_not_there_is_missing_and_case_matters() -> None:
    text = good("COPY app /srv/app", "COPY App settings.toml /srv/")
    assert of(text, "missing_copy_sources") == [
        "Dockerfile:9 App of the context ., which is not there",
        "Dockerfile:9 settings.toml of the context ., which is not there",
    ]


def test_a_build_output_that_git_ignores_is_missing_and_called_so() -> None:
    tree = FakeTree(
        {"Dockerfile": "FROM x\nCOPY target/*.jar app.jar\n"}, ignored={"target/app.jar": "x"}
    )
    assert values(run_probe(dockerfile, repo=tree))["image.missing_copy_sources"] == [
        "Dockerfile:2 target/*.jar of the context ., a build output that the repository does not hold"
    ]


def test_patterns_need_a_match_unless_another_source_of_the_instruction_is_there() -> None:
    assert of("FROM x\nCOPY requirements.txt yarn.lock* ./\n", "missing_copy_sources") == []
    assert of("FROM x\nCOPY requirements*.txt app/*.py ./\n", "missing_copy_sources") == []
    assert of("FROM x\nCOPY requirements.tx[t] ./\n", "missing_copy_sources") == []
    assert of("FROM x\nCOPY [z-a]*.txt ./\n", "missing_copy_sources") != []
    assert of("FROM x\nCOPY *.lock ./\n", "missing_copy_sources") == [
        "Dockerfile:2 *.lock of the context ., which is not there"
    ]


def test_a_source_from_the_root_of_the_context_is_found() -> None:
    assert of("FROM x\nCOPY /app /requirements.txt /srv/\n", "missing_copy_sources") == []
    assert of("FROM x\nCOPY app /srv\n", "missing_copy_sources", **{".dockerignore": "/app\n"}) == [
        "Dockerfile:2 app of the context ., which .dockerignore leaves out"
    ]


def test_a_build_output_that_a_gitignore_names_is_made_before_and_is_not_missing() -> None:
    text = "FROM busybox@sha256:" + "a" * 64 + "\nCOPY .build/linux/app /app\nRUN chown 1:1 /app\n"
    found = seen({"Dockerfile": text, "sub/x": "", ".gitignore": "*.o\n/.build\n"})
    assert "image.missing_copy_sources" not in found
    assert "image.single_stage" not in found


def test_the_nearest_gitignore_decides() -> None:
    files = {"Dockerfile": "FROM x\nCOPY web/dist /w\n", "web/a": "", ".gitignore": "dist\n"}
    assert "image.missing_copy_sources" not in seen(files)
    assert seen({**files, "web/.gitignore": "!dist\n"})["image.missing_copy_sources"] == [
        "Dockerfile:2 web/dist of the context ., a build output that the repository does not hold"
    ]


@pytest.mark.parametrize(
    "run", ["npm ci", "pip install -r r.txt", "apt-get install -y gcc", "<<EOF\nmake all\nEOF"]
)
def test_false_green_an_image_that_builds_beside_what_was_built_before_is_single_stage(
    run: str,
) -> None:
    text = f"FROM x\nCOPY dist/app /app\nRUN {run}\n"
    assert of(text, "single_stage", **{".gitignore": "dist\n"})


def test_false_green_a_secret_that_git_ignores_is_missing() -> None:
    assert of("FROM x\nCOPY .env /\n", "missing_copy_sources", **{".gitignore": ".env\n"}) == [
        "Dockerfile:2 .env of the context ., which git ignores"
    ]


def test_a_path_with_a_variable_that_is_cut_or_holds_another_is_not_judged() -> None:
    text = "FROM x\nARG P\nARG Q=${P}/bin\nCOPY out-${P/\\//-}/app /app\nCOPY $Q/app /app2\n"
    assert of(text, "missing_copy_sources") == []


def test_a_base_whose_variable_is_cut_is_shown_with_its_name() -> None:
    (entry,) = of("ARG V=1\nFROM a/b:${V}-${P/\\//-}\nCOPY app /\n", "unpinned_bases")
    assert entry == "Dockerfile:2 a/b:1-${P} (decided by a variable without default)"


@pytest.mark.parametrize("path", [".gitpod.Dockerfile", ".gitpod/Dockerfile", ".vscode/Dockerfile"])
def test_the_image_of_an_online_editor_is_not_deployed(path: str) -> None:
    assert seen({**FILES, "Dockerfile": GOOD, path: "FROM x\n"}) == {
        "image.dockerfiles": ["Dockerfile"]
    }


def test_false_green_a_stage_that_is_taken_from_hides_no_release() -> None:
    text = "FROM x AS base\nFROM base AS release\nCOPY app /\nFROM release AS nightly\nFROM base AS upload-artifact\nUSER 1\nRUN zip\n"
    assert of(text, "root_final_stages") == [
        "Dockerfile:2 the stage release has no USER, and its base x is not known to set one"
    ]


def test_a_stage_on_which_the_last_one_builds_is_not_judged_alone() -> None:
    text = "FROM x AS release\nCOPY app /\nFROM release\nUSER 1\n"
    assert of(text, "root_final_stages") == []


def test_false_green_a_last_stage_of_tests_is_judged_where_no_other_is_called_deployed() -> None:
    text = "FROM x AS base\nCOPY app /\nFROM base AS test\nRUN x\n"
    assert len(of(text, "root_final_stages")) == 1


def test_urls_heredocs_other_stages_and_unknown_variables_are_not_judged() -> None:
    text = "ARG V\nFROM x AS a\nFROM y\nADD https://e.test/f /f\nARG D\nCOPY $D/z /z\nCOPY --from=a /q /q\n"
    assert of(f"{text}COPY <<EOF /etc/hello\nhello\nEOF\n", "missing_copy_sources") == []


def test_the_known_default_of_an_argument_is_put_in() -> None:
    assert of("FROM x\nARG D=nowhere\nCOPY ${D}/z /z\n", "missing_copy_sources") == [
        "Dockerfile:3 nowhere/z of the context ., which is not there"
    ]


def test_false_green_what_dockerignore_leaves_out_is_missing() -> None:
    ignored = {".dockerignore": "# all\n*\n!app/__main__.py\nrequirements.txt\n"}
    (entry,) = of(GOOD, "missing_copy_sources", **ignored)
    assert entry == "Dockerfile:4 requirements.txt of the context ., which .dockerignore leaves out"


def test_dockerignore_patterns_are_about_the_context_and_the_last_match_wins() -> None:
    ignored = {".dockerignore": "*.md\n**/*.pyc\napp\n!app/\nREQUIREMENTS.txt\n"}
    assert of(GOOD, "missing_copy_sources", **ignored) == []


def test_the_ignore_file_named_after_the_dockerfile_goes_first() -> None:
    ignored = {".dockerignore": "app\n", "Dockerfile.dockerignore": "# nothing\n"}
    assert of(GOOD, "missing_copy_sources", **ignored) == []


def test_an_ignore_file_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, ".dockerignore could not be read.")
    evidence = run_probe(dockerfile, repo={**FILES, "Dockerfile": GOOD, ".dockerignore": denied})
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {"image.dockerfiles": ["Dockerfile"]}


def test_a_link_is_there_although_it_is_no_regular_file() -> None:
    class Linked(FakeTree):
        def kind(self, path: str) -> str:
            return "link" if path == "settings.toml" else super().kind(path)

    tree = Linked({"Dockerfile": "FROM x\nCOPY settings.toml gone.toml /\n"})
    assert values(run_probe(dockerfile, repo=tree))["image.missing_copy_sources"] == [
        "Dockerfile:2 gone.toml of the context ., which is not there"
    ]


def test_without_compose_one_folder_must_hold_all_sources() -> None:
    files = {"a/Dockerfile": "FROM x\nCOPY one two /\n", "a/one": "", "two": ""}
    assert seen(files)["image.missing_copy_sources"] == [
        "a/Dockerfile:2 two of the context a, which is not there"
    ]
    assert "image.missing_copy_sources" not in seen({**files, "one": ""})


def test_the_context_that_compose_names_is_the_one() -> None:
    compose = "services: {a: {build: {context: ./svc, dockerfile: ../docker/Dockerfile}}}\n"
    files = {
        "docker/Dockerfile": "FROM x\nCOPY main.go /\n",
        "main.go": "",
        "svc/x": "",
        "compose.yaml": compose,
    }
    assert seen(files)["image.missing_copy_sources"] == [
        "docker/Dockerfile:2 main.go of the context svc, which is not there"
    ]


def test_a_submodule_is_there_although_its_files_are_not() -> None:
    modules = {".gitmodules": '[submodule "x"]\n\tpath = third\n\turl = https://e.test/x\n'}
    assert of("FROM x\nCOPY third/lib /lib\n", "missing_copy_sources", **modules) == []


def test_a_stage_that_the_image_does_not_need_may_lack_its_sources() -> None:
    text = f"FROM x AS docs\nCOPY handbook /h\n{GOOD}"
    assert of(text, "missing_copy_sources") == []


def test_one_stage_is_listed_also_when_several_continue_each_other() -> None:
    one = "FROM x\nCOPY app /app\nRUN pip install flask\nCMD run\n"
    assert of(one, "single_stage") == [
        "Dockerfile:1 the last stage is built in itself: no other stage builds for it"
    ]
    chain = f"FROM x AS base\nRUN make\nFROM unused AS other\nRUN make\nFROM base AS app\n{one[7:]}"
    assert of(chain, "single_stage") == [
        "Dockerfile:5 the stage app is built in itself: no other stage builds for it"
    ]


def test_a_settings_file_on_top_of_a_built_image_needs_no_second_stage() -> None:
    assert of("FROM caddy:2\nCOPY app /etc/caddy/\n", "single_stage") == []


def test_files_mounted_from_another_stage_count_as_built_there() -> None:
    text = good(
        "COPY --from=build /venv /venv",
        "RUN --mount=type=bind,from=build,source=/venv,target=/v cp -r /v /venv",
    )
    assert of(text, "single_stage") == []


@pytest.mark.parametrize(
    "install", ["apt-get install -y --no-install-recommends g++", "apk add build-base"]
)
def test_false_green_a_decoy_stage_does_not_hide_a_compiler_in_the_image(install: str) -> None:
    text = good("COPY app", f"RUN {install} && pip install x\nCOPY app")
    (entry,) = of(text, "single_stage")
    assert "the last stage keeps the compiler that line 9 installs" in entry
    assert of(text.replace("&& pip", "&& apt-get purge -y g++ && pip"), "single_stage") == []
    guarded = text.replace(f"RUN {install}", f'RUN if [ "$DEVEL" = yes ]; then {install}; fi')
    assert of(guarded, "single_stage") == []


def test_false_green_a_last_stage_on_a_toolchain_is_no_multi_stage_image() -> None:
    text = good(f"FROM python:3.12-slim{DIGEST}\nCOPY", "FROM golang:1.23\nCOPY")
    assert of(text, "single_stage") == [
        "Dockerfile:7 the last stage starts from the toolchain golang:1.23"
    ]


def test_files_for_development_tests_and_examples_are_left_out_and_named() -> None:
    others = (
        ".devcontainer/Dockerfile", "Dockerfile.dev", "tests/Dockerfile", "docs/Dockerfile", "examples/a/Dockerfile",
        "docker/builder.dockerfile", "docker/base/Dockerfile", "Dockerfile.build", "docker/test-images/a/Dockerfile",
    )  # fmt: skip
    evidence = run_probe(dockerfile, repo=dict.fromkeys(others, "FROM x\n"))
    assert values(evidence) == {"image.dockerfiles": [], **EMPTY}
    assert all(path in evidence.facts[0].source.locator for path in others)


def test_names_vary_and_names_collide() -> None:
    names = (
        "Containerfile",
        "api.Dockerfile",
        "build/Dockerfile",
        "Dockerfile.prod",
        "docker/dockerfile",
    )
    no_names = (
        "auditor/dockerfile.py",
        "Dockerfile.dockerignore",
        "Dockerfile.j2",
        "dockerfile_model.go",
        "Dockerfile.md",
    )
    found = seen(dict.fromkeys((*names, *no_names), "FROM x\nRUN y\n"))
    assert found["image.dockerfiles"] == sorted(names)


def test_a_dockerfile_of_any_name_that_a_compose_file_of_production_builds_is_deployed() -> None:
    files = {"Dockerfile.dev": "FROM x\nRUN y\n", "build/api.img": "FROM x\nRUN y\n"}
    plain = (
        "services: {a: {build: {context: ., dockerfile: build/api.img}},"
        " b: {build: {context: ., dockerfile: Dockerfile.dev}}}"
    )
    assert seen({**files, "compose.yaml": plain})["image.dockerfiles"] == ["build/api.img"]
    both = ["Dockerfile.dev", "build/api.img"]
    assert seen({**files, "compose.prod.yaml": plain})["image.dockerfiles"] == both


def test_the_stage_that_compose_builds_is_judged_not_the_last_one() -> None:
    text = f"{GOOD}\nFROM x AS late\nCOPY app /\nUSER app\n".replace(
        f"slim{DIGEST}\nCOPY", f"slim{DIGEST} AS web\nCOPY"
    )
    compose = "services: {a: {build: {context: ., target: web}}}\n"
    assert of(text, "without_healthcheck") == ["Dockerfile:14 the stage late has no HEALTHCHECK"]
    assert of(text, "without_healthcheck", **{"compose.yaml": compose}) == []
    dev = compose.replace("web", "dev")
    assert len(of(text, "without_healthcheck", **{"compose.yaml": dev})) == 1


def test_false_green_a_production_stage_before_a_fine_last_one_is_judged_too() -> None:
    text = f"FROM x AS production\nCOPY app /app\nCMD run\n{GOOD}"
    assert of(text, "root_final_stages") == [
        "Dockerfile:1 the stage production has no USER, and its base x is not known to set one"
    ]


def test_only_the_service_below_its_root_is_judged() -> None:
    files = {"a/Dockerfile": "FROM x\nRUN y\n", "b/Dockerfile": "FROM z\nRUN y\n", "b/app.py": ""}
    assert seen(files, root="b")["image.dockerfiles"] == ["b/Dockerfile"]


@pytest.mark.parametrize(
    ("path", "text", "more"),
    [
        ("docker/orders.Dockerfile", "FROM x\nCOPY nothing /\n", {}),
        ("Dockerfile", "FROM x\nCOPY services/orders /srv\n", {}),
        ("Dockerfile", "FROM x\nCOPY . /srv\n", {}),
        (
            "docker/x.Dockerfile",
            "FROM x\nRUN y\n",
            {
                "compose.yml": "services: {a: {build:"
                " {context: services/orders, dockerfile: ../../docker/x.Dockerfile}}}"
            },
        ),
    ],
)
def test_a_dockerfile_elsewhere_that_leads_to_the_service_is_taken(
    path: str, text: str, more: dict[str, str]
) -> None:
    files = {
        path: text,
        "services/orders/app.py": "",
        "services/billing/Dockerfile": "FROM x\nCOPY . /\n",
        **more,
    }
    assert seen(files, root="services/orders")["image.dockerfiles"] == [path]


def test_false_green_the_dockerfile_of_another_service_is_not_taken() -> None:
    files = {"web/Dockerfile": GOOD, "web/requirements.txt": "", "web/app/x": "", "api/app.py": ""}
    assert seen(files, root="api") == {}


STAGES = f"FROM x AS base\nFROM base AS web\nCOPY app /\nFROM web AS probe-build\nRUN y\n{GOOD}"
ROOT = ["Dockerfile:2 the stage web has no USER, and its base x is not known to set one"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "package.json",
            '{"scripts": {"image": "npm i && docker buildx build --target web . --push"}}',
        ),
        ("Makefile", "image:\n\tdocker build \\\n\t  --target=web -t shop .\n"),
        ("Makefile", "image:\n\t$(DOCKER) build --target web -f Dockerfile $(CONTEXT)\n"),
        ("deploy/publish.sh", "podman build -f ../Dockerfile --target 'web' ..\n"),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
            "      - run: docker build --target web .\n",
        ),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: x\n    strategy: {matrix: {stage: [web, probe-build]}}\n"
            "    steps:\n      - uses: docker/build-push-action@v6\n"
            "        with: {context: ., target: '${{ matrix.stage }}'}\n",
        ),
    ],
)
def test_false_green_a_stage_that_is_built_by_name_is_judged_beside_the_last_one(
    path: str, text: str
) -> None:
    assert of(STAGES, "root_final_stages", **{path: text}) == ROOT


@pytest.mark.parametrize(
    "recipe",
    [
        "docker build --target base .",
        "docker build --target probe-build .",
        "docker build --target web --output type=local,dest=out .",
        "docker build --target $(STAGE) .",
        "docker build -f other/Dockerfile --target web .",
        "docker build --target web other",
        "pip install --target web .",
        "# docker build --target web .",
    ],
)
def test_a_build_of_a_step_or_of_another_file_makes_no_image_of_the_stage(recipe: str) -> None:
    makefile = {"Makefile": f"image:\n\t{recipe}\n", "other/x": ""}
    assert of(STAGES, "root_final_stages", **makefile) == []


def test_a_last_stage_that_is_taken_from_is_not_judged_where_others_are_built_by_name() -> None:
    text = "FROM x AS web\nCOPY app /\nUSER 1\nFROM web AS pr-test2\nUSER 0\nFROM x AS upload\nRUN zip\n"
    recipe = "a:\n\tdocker build --target web .\n\tdocker build --target pr-test2 .\n"
    assert of(text, "root_final_stages", Makefile=recipe) == []
    assert len(of(text, "root_final_stages")) == 1


SWITCHING = (
    'FROM python:3.12-slim\nCOPY . /srv\nCOPY docker/entry.sh /run.sh\nENTRYPOINT ["/run.sh"]\n'
)


def rooted(dockerfile_text: str, script: str = "") -> Any:
    files = {"Dockerfile": dockerfile_text, "docker/entry.sh": script, "a.py": "x = 1\n"}
    return values(run_probe(dockerfile, repo=files))["image.root_final_stages"]


@pytest.mark.parametrize(
    "script",
    [
        'if [ "$(id -u)" = 0 ]; then\n  exec gosu $PUID "$0" "$@"\nfi\nexec python a.py\n',
        "go() {\n  exec su-exec app:app python a.py\n}\ngo\n",
        "exec setpriv --reuid=1000 --regid=1000 --clear-groups python a.py\n",
    ],
)
def test_an_entry_script_that_goes_on_as_somebody_else_does_not_run_as_root(script: str) -> None:
    assert rooted(SWITCHING, f"#!/bin/sh\n{script}") == []


@pytest.mark.parametrize(
    "script",
    [
        "# exec gosu app python a.py\nexec python a.py\n",
        "gosu app python migrate.py\nexec python a.py\n",
        "go() { exec gosu app python a.py; }\nexec python a.py\n",
        "exec gosu root python a.py\n",
        "exec gosu ${PUID:-0} python a.py\n",
        "echo exec gosu app python a.py\n",
    ],
)
def test_false_green_a_script_that_stays_root_is_told(script: str) -> None:
    assert len(rooted(SWITCHING, f"#!/bin/sh\n{script}")) == 1


def test_a_switch_in_the_command_itself_counts_and_in_another_file_does_not() -> None:
    assert (
        rooted(
            'FROM alpine:3.20\nCOPY . /a\nENTRYPOINT ["tini", "--", "su-exec", "app", "/a/run"]\n'
        )
        == []
    )
    assert len(rooted('FROM alpine:3.20\nCOPY . /a\nCMD ["/a/run"]\n', "exec gosu app x\n")) == 1
