"""The comment on a pull request: made once, kept current, never another's, and never the answer itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.publishing import NotPublished, publish, request_of
from tests.servers.forge import TOKEN, Forge, forge

MARK = "<!-- auditor gate: orders -->"
BOT = {"id": 1, "type": "Bot"}
STRANGER = {"id": 666, "type": "User"}


@pytest.fixture
def held() -> Iterator[Forge]:
    with forge() as made:
        yield made


def github(held: Forge, **more: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/orders",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_API_URL": held.url,
    } | more


def gitlab(held: Forge, **more: str) -> dict[str, str]:
    return {
        "CI_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": TOKEN,
        "CI_API_V4_URL": held.url,
    } | more


@pytest.mark.parametrize("where", [github, gitlab])
def test_a_comment_is_made_once_and_then_changed(held: Forge, where: type) -> None:
    held.user = 5 if where is gitlab else None
    request = request_of(where(held))
    assert publish(request, MARK, f"{MARK}\none") == "made"
    assert publish(request, MARK, f"{MARK}\ntwo") == "changed"
    assert publish(request, MARK, f"{MARK}\ntwo\n") == "unchanged"
    assert [c["body"] for c in held.comments] == [f"{MARK}\ntwo"]


def test_it_is_found_behind_hundreds_of_others(held: Forge) -> None:
    for number in range(250):
        held.add(f"remark {number}", STRANGER)
    held.add(f"{MARK}\nold", BOT)
    assert publish(request_of(github(held)), MARK, f"{MARK}\nnew") == "changed"
    assert held.comments[-1]["body"] == f"{MARK}\nnew"


def test_false_green_a_strangers_comment_with_the_mark_is_not_taken_for_ours(held: Forge) -> None:
    held.add(f"{MARK}\nall is well", STRANGER)
    held.add(f"> {MARK}\nquoted", BOT)
    assert publish(request_of(github(held)), MARK, f"{MARK}\nreal") == "made"
    held.user = 5
    assert publish(request_of(gitlab(held)), MARK, f"{MARK}\nmine") == "made"
    assert held.comments[0]["body"] == f"{MARK}\nall is well"


def test_services_of_one_repository_have_comments_of_their_own(held: Forge) -> None:
    request = request_of(github(held))
    publish(request, "<!-- auditor gate: a -->", "<!-- auditor gate: a -->\nx")
    publish(request, "<!-- auditor gate: b -->", "<!-- auditor gate: b -->\nx")
    assert len(held.comments) == 2


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_may_not_is_told_what_it_needs(held: Forge, status: int) -> None:
    held.status = status
    with pytest.raises(NotPublished, match=r"pull-requests: write") as caught:
        publish(request_of(github(held)), MARK, MARK)
    assert str(status) in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_a_forge_that_is_down_or_talks_nonsense_is_told(held: Forge) -> None:
    held.status = 502
    with pytest.raises(NotPublished, match="502"):
        publish(request_of(github(held)), MARK, MARK)
    gone = github(held, GITHUB_API_URL="http://127.0.0.1:9")
    with pytest.raises(NotPublished, match="could not be asked"):
        publish(request_of(gone), MARK, MARK)


def test_the_number_is_read_from_the_event_where_the_ref_has_none(
    held: Forge, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}), encoding="utf-8")
    known = github(held, GITHUB_REF="refs/heads/main", GITHUB_EVENT_PATH=str(event))
    assert publish(request_of(known), MARK, MARK) == "made"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN is not set"),
        ({"GITHUB_REF": "refs/heads/main"}, "about no pull request"),
        ({"GITHUB_REPOSITORY": "../../evil"}, "no owner/name"),
        ({"GITHUB_API_URL": "http://api.example.net"}, "not https"),
        ({"GITHUB_API_URL": "ftp://x"}, "no web address"),
    ],
)
def test_what_is_missing_on_github_is_said(held: Forge, change: dict[str, str], said: str) -> None:
    with pytest.raises(NotPublished, match=said):
        request_of(github(held, **change))
    assert held.asked == []


@pytest.mark.parametrize(
    ("change", "said"),
    [({"GITLAB_TOKEN": ""}, "GITLAB_TOKEN"), ({"CI_MERGE_REQUEST_IID": ""}, "no merge request")],
)
def test_what_is_missing_on_gitlab_is_said(held: Forge, change: dict[str, str], said: str) -> None:
    with pytest.raises(NotPublished, match=said):
        request_of(gitlab(held, **change))


def test_elsewhere_there_is_nothing_to_comment_on() -> None:
    with pytest.raises(NotPublished, match="GitHub Actions and GitLab CI"):
        request_of({})


def test_the_token_is_not_in_what_is_shown_of_a_request(held: Forge) -> None:
    assert TOKEN not in repr(request_of(github(held)))
