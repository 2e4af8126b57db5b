"""What repo.documents says of documents, and that stubs do not fool it."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.documents import documents

README = (
    "# Orders\n\nA small service that takes orders of shops and keeps them in a file.\n\n"
    "## Quick start\n\nInstall it, then see [the guide](docs/guide.md).\n\n## Licence\n\n"
    "Apache-2.0, as the file says.\n"
)


def look(**files: Any) -> dict[str, Any]:
    """The values for files given as folder__name (with .md)."""
    return values(
        run_probe(documents, repo={f"{k.replace('__', '/')}.md": v for k, v in files.items()})
    )


def test_present_a_good_readme_lacks_nothing() -> None:
    evidence = run_probe(documents, repo={"README.md": README, "docs/guide.md": "x"})
    seen = values(evidence)
    assert seen["documents.found@readme"] == ["README.md"]
    assert seen["documents.words@readme"] == 25
    assert seen["documents.missing_headings@readme"] == []
    assert seen["documents.placeholders@readme"] == 0
    assert seen["documents.broken_links@readme"] == []
    assert {f.level for f in evidence.facts if f.subject == "readme"} == {Level.EFFECTIVE}


def test_missing_documents_fail_and_say_where_was_looked() -> None:
    evidence = run_probe(documents, repo={"app.py": "x = 1\n"})
    seen = values(evidence)
    assert (seen["documents.found@incident"], seen["documents.words@incident"]) == ([], 0)
    assert seen["documents.missing_headings@recovery"] != []
    assert {f.level for f in evidence.facts} == {Level.DECLARED}
    assert all("searched" in f.source.locator for f in evidence.facts)


def test_nothing_to_look_at_gives_the_same_facts() -> None:
    assert look()["documents.found@readme"] == []


def test_malformed_a_binary_readme_is_a_problem_and_gives_no_facts() -> None:
    evidence = run_probe(
        documents, repo={"README.md": b"\0\1", "CHANGELOG.md": "## 1.0.0\n\n- First one.\n"}
    )
    assert problems(evidence) == ["malformed"]
    assert "README.md" in evidence.problems[0].message
    seen = values(evidence)
    assert "documents.found@readme" not in seen
    assert "documents.found@setup" not in seen  # the README might have had the section
    assert seen["documents.released_versions@changelog"] == 1


def test_denied_a_document_that_may_not_be_read_hides_only_its_kind() -> None:
    evidence = run_probe(
        documents,
        repo={
            "README.md": README,
            "CHANGELOG.md": "x",
            "docs/operations.md": Trouble(ProblemKind.DENIED, "No entry."),
        },
    )
    assert problems(evidence) == ["denied"]
    assert "documents.words@operations" not in values(evidence)
    assert "documents.words@readme" in values(evidence)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("CONTRIBUTING.md", "development"),
        (".github/CONTRIBUTING.md", "development"),
        ("docs/adr/0001-store.md", "architecture"),
        ("ARCHITECTURE.md", "architecture"),
        ("docs/GUIA_TROUBLESHOOTING.md", "troubleshooting"),
        ("docs/MANUAL_OPERACIONES.md", "operations"),
        ("docs/GUIA_DESPLIEGUE.md", "deployment"),
        ("docs/PLAN_RESPUESTA_INCIDENTES.md", "incident"),
        ("docs/PLAN_RECUPERACION_DESASTRES.md", "recovery"),
        ("docs/guía_de_instalación.md", "setup"),
        ("INSTALL", "setup"),
        ("docs/runbooks/db.md", "runbooks"),
        ("History.md", "changelog"),
        ("docs/release-notes/1.0.md", "changelog"),
    ],
)
def test_names_in_english_and_spanish_are_known(path: str, kind: str) -> None:
    assert values(run_probe(documents, repo={path: "x"}))[f"documents.found@{kind}"] == [path]


@pytest.mark.parametrize(
    "path",
    [
        "RELEASE_CHECKLIST.md", "docs/DEPLOYMENT_COMPLETE.md", "docs/runbook-template.md", "docs/archive/operations.md",
        "node_modules/x/CHANGELOG.md", "tests/README.md", "install", "requirements.txt",
    ],
)  # fmt: skip
def test_false_green_diaries_checklists_and_templates_are_no_documents(path: str) -> None:
    evidence = run_probe(documents, repo={path: "Words enough to be a document of some kind."})
    assert all(f.value == [] for f in evidence.facts if f.key == "documents.found")


def test_false_green_a_stub_has_no_words_and_misses_everything() -> None:
    seen = look(
        docs__operations="", docs__incident_response="# Plan\n\n## Severity\n\n## Roles\n\nTBD\n"
    )
    assert seen["documents.words@operations"] == 0
    assert seen["documents.missing_headings@incident"] == [
        "severity",
        "roles",
        "communication",
        "timeline or post-mortem",
    ]
    assert seen["documents.placeholders@incident"] == 1


def test_false_green_code_and_comments_are_not_prose() -> None:
    seen = look(
        docs__operations="# Operations\n\n```\n"
        + "w x y\n" * 500
        + "```\n\n<!-- "
        + "a b c " * 500
        + "-->\n"
    )
    assert seen["documents.words@operations"] == 0


def test_false_green_a_word_in_passing_is_no_section() -> None:
    seen = look(
        docs__deployment="# Deployment\n\nWe deploy, verify the tests, and never need a rollback.\n"
    )
    assert seen["documents.missing_headings@deployment"] == ["deploying", "rollback"]


def test_false_green_recovery_times_need_values() -> None:
    bad = look(docs__disaster_recovery="# DR\n\nThe RTO and RPO are important.\n")
    assert bad["documents.missing_headings@recovery"][:2] == [
        "RTO with a value",
        "RPO with a value",
    ]
    good = look(
        docs__disaster_recovery="# DR\n\n| Aim | Value |\n|---|---|\n| RTO | 4 hours |\n| RPO | one hour |\n"
    )
    assert good["documents.missing_headings@recovery"] == ["steps", "roles"]


def test_false_green_one_stub_among_runbooks_is_named() -> None:
    whole = "# A\n\n## Diagnosis\n\nLook at the graph first.\n\n## Mitigation\n\nRestart the one process.\n"
    seen = look(
        docs__runbooks__a=whole, docs__runbooks__b="# B\n", docs__runbooks__README="[a](a.md)\n"
    )
    assert seen["documents.missing_headings@runbooks"] == [
        "docs/runbooks/b.md: diagnosis", "docs/runbooks/b.md: steps to take",
    ]  # fmt: skip


def test_operations_need_three_tasks_of_a_list() -> None:
    two = "# Ops\n\n## Start\n\nRun it with care.\n\n## Backups\n\nCopy the one file.\n"
    (missing,) = look(docs__operations=two)["documents.missing_headings@operations"]
    assert missing.startswith("at least 3 of: ")
    three = two + "\n## Logs\n\nThey go to standard output.\n"
    assert look(docs__operations=three)["documents.missing_headings@operations"] == []


def test_links_to_files_anchors_and_named_paths_must_exist() -> None:
    text = (
        "# A\n\n[a](gone.md) [b](/docs/here.md) [c](#a) [d](#nothing) [e](https://x.test/y) [f](../../issues)\n"
        "[g](here#part) `docs/old.md` `elsewhere/x.md` ![h](img.png)\n"
    )
    seen = look(docs__operations=text, docs__here="x")
    assert [b.rpartition(" ")[2] for b in seen["documents.broken_links@operations"]] == [
        "gone.md", "#nothing", "img.png", "docs/old.md",
    ]  # fmt: skip


def test_a_section_of_the_readme_may_stand_for_setup_by_its_own_words() -> None:
    filler = "Then set each variable to the value that the table of the team gives for it.\n"
    text = f"# A\n\n{'Long words of introduction. ' * 9}\n\n## Installation\n\nIt needs Python and a disk. {filler}"
    seen = look(README=text)
    assert seen["documents.found@setup"] == ["README.md (section Installation)"]
    assert seen["documents.words@setup"] == 22
    assert look(README="# A\n\n## Installation\n\nSee the wiki.\n")["documents.found@setup"] == []


def test_the_git_root_is_asked_only_for_what_the_service_lacks() -> None:
    files = {
        "README.md": README,
        "svc/README.md": "# S\n",
        "CHANGELOG.md": "## 1.0.0\n\n- First one.\n",
        "other/docs/operations.md": "x",
    }
    seen = values(run_probe(documents, repo=files, root="svc"))
    assert seen["documents.found@readme"] == ["svc/README.md"]
    assert seen["documents.found@changelog"] == ["CHANGELOG.md"]
    assert seen["documents.found@operations"] == []


def test_released_versions_need_notes_and_a_date_that_has_come() -> None:
    text = (
        "## [Unreleased]\n\n- a b\n\n## [2.0.0] - 2027-01-01\n\n- c\n\n"
        "## [1.1.0] - 2026-01-01\n\n## [1.0.0] - 2025-01-01\n\n- d e\n"
    )
    assert look(CHANGELOG=text)["documents.released_versions@changelog"] == 1


def test_a_changelog_may_point_to_another_file() -> None:
    seen = look(
        CHANGELOG="See [all changes](docs/notes.md).\n", docs__notes="## 1.0.0\n\n- First one.\n"
    )
    assert seen["documents.found@changelog"] == ["CHANGELOG.md", "docs/notes.md"]
    assert seen["documents.released_versions@changelog"] == 1


CONTRIBUTING = (
    "# Contributing\n\n## Naming of issues\n\nBegin with a verb.\n\n## Project set-up\n\n"
    "### Requirements\n\nDocker, Python 3.12 or newer, and PostgreSQL with four gigabytes to spare.\n\n"
    "### Start it\n\nCopy the example settings to .env, put in the database, then start the containers.\n\n"
    "```\ndocker compose up\n```\n\n## Pull requests\n\nOne subject each.\n"
)


def test_setup_instructions_are_found_in_the_contributors_guide() -> None:
    seen = look(CONTRIBUTING=CONTRIBUTING)
    assert seen["documents.found@setup"] == ["CONTRIBUTING.md (section Project set-up)"]
    assert 20 < seen["documents.words@setup"] < 40
    assert seen["documents.missing_headings@setup"] == []


def test_a_contributors_guide_without_setup_is_none() -> None:
    seen = look(CONTRIBUTING="# Contributing\n\n## Style\n\n" + "Write short lines. " * 40)
    assert seen["documents.found@setup"] == []


MANUAL = {
    "Stopping the server": "Stop it with the menu, and wait until the last request has ended.",
    "Upgrading": "Fetch the new version, then run the migration, which takes a minute or two.",
    "View logs": "The menu shows those of each service, the newest line last.",
    "Backup data": "Write the volumes into an archive, and copy it to another place each night.",
}


def guide(**sections: str) -> str:
    """A deployment guide with some sections."""
    return "# Deploying\n\nHow to install it.\n\n" + "".join(
        f"### {name}\n\n{text}\n\n" for name, text in sections.items()
    )


def test_routine_work_that_a_deployment_guide_describes_is_an_operations_manual() -> None:
    seen = look(deploy__README=guide(**MANUAL))
    assert len(seen["documents.found@operations"]) == 4
    assert seen["documents.found@operations"][0] == "deploy/README.md (section Stopping the server)"
    assert seen["documents.missing_headings@operations"] == []
    assert seen["documents.words@operations"] < 70


def test_false_green_a_deployment_guide_that_only_mentions_logs() -> None:
    seen = look(deploy__README=guide(Logs="Look at them. " * 300, Settings="Set them. " * 300))
    assert seen["documents.found@operations"] == []
    assert seen["documents.words@operations"] == 0


def test_a_troubleshooting_section_of_a_guide_is_found_and_judged() -> None:
    trouble = (
        "When the disk is full, nothing starts, and the log of the database says so at its end. "
    )
    seen = look(deploy__README=guide(Settings="Set them.", Troubleshooting=trouble * 2))
    found = ["deploy/README.md (section Troubleshooting)"]
    assert seen["documents.found@troubleshooting"] == found
    assert 20 < seen["documents.words@troubleshooting"] < 40
    assert "remedy" in seen["documents.missing_headings@troubleshooting"]


def test_false_green_a_quick_start_with_settings_is_no_operations_manual() -> None:
    text = "Do it as the table says. " * 100
    sections = {"Quick start": text, "Secrets": text, "Logs": text, "Getting started": text}
    assert look(deploy__README=guide(**sections))["documents.found@operations"] == []


def test_a_file_that_holds_a_version_is_no_release_note() -> None:
    found = values(
        run_probe(documents, repo={"VERSION": "2.42.0\n", "CHANGELOG.md": "## 1.0.0\n\nx\n"})
    )
    assert found["documents.found@changelog"] == ["CHANGELOG.md"]
    spanish = {"docs/notas-de-la-version.md": "## 1.0.0\n\n- Primera.\n"}
    seen = values(run_probe(documents, repo=spanish))
    assert seen["documents.found@changelog"] == ["docs/notas-de-la-version.md"]


def test_a_missing_changelog_is_unknown_since_the_notes_may_live_on_the_forge() -> None:
    evidence = run_probe(documents, repo={"README.md": README, "docs/guide.md": "x"})
    assert problems(evidence) == ["not_configured"]
    assert "documents.found@changelog" in evidence.problems[0].facts
    assert "documents.found@changelog" not in values(evidence)


def test_false_green_operations_headings_with_nothing_below() -> None:
    seen = look(deploy__README=guide(Start="", Stop="", Backup="", Monitoring="", Scaling=""))
    assert seen["documents.found@operations"] == []


def told(readme: str, kind: str, **files: str) -> str | None:
    """Why there is no document of a kind, with that README."""
    evidence = run_probe(documents, repo={"README.md": readme, **files})
    (fact,) = (f for f in evidence.facts if (f.key, f.subject) == ("documents.found", kind))
    return fact.source.excerpt


SITE = "https://shop.example.org"
LINKED = (
    f"# Shop\n\n[Manual]({SITE}/docs), [install]({SITE}/docs/install.html), [home]({SITE}/install).\n"
    "[Docker](https://docs.docker.com/engine/install/)\n"
)


def test_a_document_that_is_missing_names_the_link_of_the_readme_that_leads_outside() -> None:
    end = "; documents outside the repository are not read: attest them"
    assert told(LINKED, "setup") == f"README.md links {SITE}/docs/install.html{end}"
    assert told(LINKED, "operations") == f"README.md links {SITE}/docs{end}"


def test_links_to_tools_of_others_and_to_no_manual_are_not_named() -> None:
    other = (
        f"[Docker](https://docs.docker.com/install/) [home]({SITE}/install) [a](docs/install.md)"
    )
    assert told(other, "setup") is None
    assert told("# Shop\n", "setup") is None


def test_false_green_a_link_is_no_document_and_speaks_only_of_what_is_missing() -> None:
    evidence = run_probe(documents, repo={"README.md": LINKED, "docs/operations.md": "x"})
    seen = values(evidence)
    assert seen["documents.found@setup"] == []
    assert seen["documents.found@operations"] == ["docs/operations.md"]
    assert told(LINKED, "operations", **{"docs/operations.md": "x"}) is None


def test_a_place_in_the_manual_of_a_tool_is_not_named_as_the_service_s() -> None:
    tool = "# Shop\n\nSend with a [token](https://docs.sender.io/publish/#access-tokens).\n"
    assert told(tool, "operations") is None
    own = tool.replace("docs.sender.io", "docs.shop.io")
    assert told(own, "operations") == (
        "README.md links https://docs.shop.io/publish/#access-tokens; documents outside the repository are not "
        "read: attest them"
    )


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("Have any feedback or questions? [Create a discussion](https://x.test/d).", False),
        ("Questions may be asked in our Discord.", False),
        ("It answers questions of customers.", True),
        ("Any questions.\n\nThe issues are listed by number.", True),
    ],
)
def test_where_questions_are_asked_is_a_contact(said: str, missing: bool) -> None:
    found = values(run_probe(documents, repo={"README.md": f"# Shop\n\n{said}\n"}))
    topics = found["documents.missing_headings@readme"]
    assert isinstance(topics, list)
    assert ("licence or contact" in topics) is missing


def test_a_changelog_of_the_next_release_alone_says_nothing_of_those_before() -> None:
    text = (
        "# Changelog for the next release\n\n## Bug fixes\n\n"
        + "- The total is right again.\n" * 20
    )
    evidence = run_probe(documents, repo={"CHANGELOG.md": text})
    assert "documents.released_versions@changelog" not in values(evidence)
    assert "about the next release alone" in evidence.problems[0].message


def test_false_green_a_changelog_in_which_nothing_is_released_releases_nothing() -> None:
    text = "# Changelog\n\n## Unreleased\n\n- For the next release: totals.\n"
    assert (
        values(run_probe(documents, repo={"CHANGELOG.md": text}))[
            "documents.released_versions@changelog"
        ]
        == 0
    )


@pytest.mark.parametrize(
    "end",
    [
        '## Support\n\n<p><a href="https://chat.example.org/shop"><img src="a.svg" alt="Chat" /></a></p>\n',
        "[![MIT](https://img.shields.io/mit.svg)](https://forge.test/a/b/blob/main/LICENSE)\n",
    ],
)
def test_links_alone_say_where_help_or_the_licence_is(end: str) -> None:
    lacking = values(run_probe(documents, repo={"README.md": f"# Shop\n\n{end}"}))
    assert "licence or contact" not in str(lacking["documents.missing_headings@readme"])


def test_false_green_a_section_of_pictures_alone_says_nothing() -> None:
    text = "# Shop\n\n## Support\n\n## Usage\n\n[![Build](a.svg)](https://ci.test)\n"
    assert "licence or contact" in str(values(run_probe(documents, repo={"README.md": text})))
    badge = "# Shop\n\n[![All Contributors](https://a.test/b.svg)](#contributors-)\n[a](#gone)\n"
    dead = values(run_probe(documents, repo={"README.md": badge}))["documents.broken_links@readme"]
    assert dead == ["README.md:4 #gone"]
