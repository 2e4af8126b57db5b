"""What GitHub and GitLab enforce on the default branch, and what they saw."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.formats.ci.forge_model import Protection, strictest
from auditor.model.target import Looking
from auditor.probing.doors.access import access
from auditor.probing.testing import COMMIT, problems, run_probe, values
from probes.ci.forge import forge
from tests.servers.made_up import MadeUp

AT = "/repos/acme/orders"
RULES = [
    {"type": "pull_request", "parameters": {"required_approving_review_count": 2}},
    {
        "type": "required_status_checks",
        "parameters": {"required_status_checks": [{"context": "test"}]},
    },
    {"type": "non_fast_forward"},
]
UNPROTECTED = {"name": "main", "protected": False}


def run(
    outcome: str | None = "success", commit: str = COMMIT, workflow: int = 1, **more: Any
) -> Any:
    """A run of a workflow on the default branch."""
    status = "completed" if outcome else "in_progress"
    return {
        "workflow_id": workflow,
        "name": f"ci {workflow}",
        "head_sha": commit,
        "status": status,
        "conclusion": outcome,
        "created_at": "2026-03-01T10:00:00Z",
        **more,
    }


def github(*runs: Any, rules: Any = RULES, branch: Any = UNPROTECTED, **routes: Any) -> MadeUp:
    """A GitHub with one repository."""
    return MadeUp(
        {
            AT: {"full_name": "acme/orders", "default_branch": "main"},
            f"{AT}/rules/branches/main": rules,
            f"{AT}/branches/main": branch,
            f"{AT}/actions/runs": {"total_count": len(runs), "workflow_runs": list(runs)},
            f"{AT}/releases": [
                {"tag_name": "v2", "body": "Bookings now need a key.", "draft": False},
                {"tag_name": "v3", "body": "soon", "draft": True},
            ],
            f"{AT}/dependabot/alerts": [],
            **{f"{AT}/{path}": answer for path, answer in routes.items()},
        },
        "Bearer github-token-read-only",
    )


def ask(api: MadeUp, *, remote: str = "github.com/acme/orders", **options: Any) -> Any:
    """The probe of an operator with a token for GitHub."""
    granted = access({"GITHUB_TOKEN": "github-token-read-only"}, {})
    return run_probe(forge, http=api, access=granted, remote=remote, **options)


def test_present_protection_runs_and_releases_are_told() -> None:
    api = github(run(), run(workflow=2))
    evidence = ask(api)
    assert problems(evidence) == []
    assert values(evidence) == {
        "forge.default_branch": "main",
        "forge.required_checks": ["test"],
        "forge.required_reviews": 2,
        "forge.direct_pushes": False,
        "forge.force_pushes": False,
        "forge.runs": 2,
        "forge.failing_runs": [],
        "forge.commit_passed": True,
        "forge.releases": ["v2"],
        "forge.releases_without_notes": [],
        "forge.dependency_alerts": [],
    }
    assert api.methods == {"GET"}


def test_missing_rules_are_told_as_such() -> None:
    told = values(ask(github(run(), rules=[])))
    assert told["forge.required_checks"] == []
    assert told["forge.required_reviews"] == 0
    assert (told["forge.direct_pushes"], told["forge.force_pushes"]) == (True, True)


def test_without_a_token_nobody_is_asked() -> None:
    evidence = run_probe(forge, remote="github.com/acme/orders")
    assert problems(evidence) == ["not_configured"]
    assert "AUDITOR_GITHUB_TOKEN" in evidence.problems[0].hint


@pytest.mark.parametrize("remote", ["", "gitlab.com/acme/orders", "evil.example/acme/orders"])
def test_a_token_is_sent_to_its_own_forge_alone(remote: str) -> None:
    api = github(run())
    evidence = ask(api, remote=remote)
    assert problems(evidence) == ["not_configured"]
    assert "--forge" in evidence.problems[0].hint
    assert api.asked == []


def test_the_operator_may_name_the_repository() -> None:
    evidence = ask(github(run()), remote="", looking=Looking(forge="acme/orders"))
    assert problems(evidence) == []


def test_malformed_answers_tell_nothing() -> None:
    evidence = ask(github(run(), **{"rules/branches/main": {"no": "list"}}))
    assert problems(evidence) == ["malformed"]
    assert "forge.required_checks" not in values(evidence)


def test_denied_repositories_are_told_as_such() -> None:
    evidence = ask(MadeUp({}, "Bearer github-token-read-only"))
    assert problems(evidence) == ["denied"]
    assert "acme/orders" in evidence.problems[0].message


def test_denied_protection_is_unknown_and_not_none() -> None:
    shown = {"enabled": True, "required_status_checks": {"contexts": ["lint"]}}
    evidence = ask(
        github(
            run(),
            rules=[],
            branch={"name": "main", "protected": True, "protection": shown},
            **{"branches/main/protection": (403, {"message": "Resource not accessible"})},
        )
    )
    assert values(evidence)["forge.required_checks"] == ["lint"]
    assert [(p.kind.value, p.facts) for p in evidence.problems] == [
        ("denied", ("forge.required_reviews", "forge.direct_pushes", "forge.force_pushes"))
    ]


def test_classic_protection_counts_where_it_may_be_read() -> None:
    shown = {"enabled": True, "required_status_checks": {"contexts": ["lint"]}}
    full = {
        "required_status_checks": {"contexts": ["lint"]},
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "allow_force_pushes": {"enabled": False},
    }
    told = values(
        ask(
            github(
                run(),
                rules=[],
                branch={"name": "main", "protected": True, "protection": shown},
                **{"branches/main/protection": full},
            )
        )
    )
    assert told["forge.required_reviews"] == 1
    assert (told["forge.direct_pushes"], told["forge.force_pushes"]) == (False, False)


def test_false_green_a_red_default_branch_is_told() -> None:
    told = values(ask(github(run("failure"), run("success"), run("timed_out", workflow=2))))
    assert told["forge.failing_runs"] == ["ci 1 (failure)", "ci 2 (timed_out)"]
    assert told["forge.commit_passed"] is False


def test_false_green_cancelled_and_skipped_runs_prove_nothing() -> None:
    evidence = ask(github(run("cancelled"), run("skipped", workflow=2), run(None, workflow=3)))
    assert values(evidence)["forge.runs"] == 0
    assert "forge.commit_passed" not in values(evidence)


def test_false_green_a_run_of_another_commit_says_nothing_of_this_one() -> None:
    evidence = ask(github(run(commit="d" * 40)))
    assert "forge.commit_passed" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


def test_alerts_that_are_switched_off_are_no_clean_bill() -> None:
    off = (403, {"message": "Dependabot alerts are disabled for this repository."})
    evidence = ask(github(run(), **{"dependabot/alerts": off}))
    assert problems(evidence) == ["not_configured"]
    assert "forge.dependency_alerts" not in values(evidence)


GITLAB = "/api/v4/projects/acme%2Forders"


def gitlab(protected: Any, **project: Any) -> MadeUp:
    """A GitLab with one project."""
    whole = {"path_with_namespace": "acme/orders", "default_branch": "main", **project}
    return MadeUp(
        {
            GITLAB: whole,
            f"{GITLAB}/protected_branches": protected,
            f"{GITLAB}/pipelines": [
                {"id": 2, "status": "running", "sha": COMMIT},
                {"id": 1, "status": "success", "sha": COMMIT, "created_at": "2026-03-01T10:00:00Z"},
            ],
            f"{GITLAB}/releases": [{"tag_name": "v1", "description": None}],
        },
        "Bearer gitlab-token-read-only",
    )


@pytest.mark.parametrize(
    ("protected", "pushes", "forced"),
    [
        ([{"name": "main", "push_access_levels": [{"access_level": 0}]}], False, False),
        (
            [
                {
                    "name": "m*",
                    "allow_force_push": True,
                    "push_access_levels": [{"access_level": 40}],
                }
            ],
            True,
            True,
        ),
        ([{"name": "release"}], True, True),
    ],
)
def test_gitlab_tells_the_same(protected: Any, pushes: bool, forced: bool) -> None:
    api = gitlab(protected, only_allow_merge_if_pipeline_succeeds=True)
    granted = access({"GITLAB_TOKEN": "gitlab-token-read-only"}, {})
    evidence = run_probe(forge, http=api, access=granted, remote="gitlab.com/acme/orders")
    told = values(evidence)
    assert problems(evidence) == ["not_configured"]
    assert (told["forge.direct_pushes"], told["forge.force_pushes"]) == (pushes, forced)
    assert told["forge.required_checks"] == ["pipeline"]
    assert told["forge.required_reviews"] == 0
    assert told["forge.commit_passed"] is True
    assert told["forge.releases_without_notes"] == ["v1"]


def test_what_one_set_of_rules_hides_the_other_does_not_answer() -> None:
    none_asked = Protection((), 0, True, True)
    assert strictest(none_asked, Protection()) == Protection()
    assert strictest(Protection(("a",), 2, False, False), Protection()) == Protection(
        ("a",), 2, False, False
    )
