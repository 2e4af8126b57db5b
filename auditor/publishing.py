"""One comment on the pull or merge request under review, made once and then kept current.

GitHub: https://docs.github.com/rest/issues/comments · GitLab: https://docs.gitlab.com/api/notes
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from auditor.settings import url_complaint

if TYPE_CHECKING:
    import httpx

_SECONDS = 20.0
_PER_PAGE = 100
_MOST_PAGES = 30
_LIMIT = 4 * 1024 * 1024


class NotPublished(Exception):
    """The comment could not be made; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Request:
    """A pull or merge request: where its comments are, and what opens them.

    `comments` lists and takes new ones; `one` is where a comment is changed, with `{id}`; `me` tells
    whose token it is.
    """

    name: str
    comments: str
    one: str
    me: str
    verb: str
    headers: Mapping[str, str] = field(repr=False)
    help: str


def request_of(environment: Mapping[str, str]) -> Request:
    """The request that a run in CI is about, from what the CI sets. Raises NotPublished."""
    if environment.get("GITHUB_ACTIONS") == "true" or "GITHUB_REPOSITORY" in environment:
        return _github(environment)
    if "CI_PROJECT_ID" in environment:
        return _gitlab(environment)
    raise NotPublished(
        "No pull request is known here: --comment works in GitHub Actions and GitLab CI,"
        " which say which one it is."
    )


def publish(request: Request, marker: str, text: str) -> str:
    """Write the comment that begins with `marker`, or change the one that does.

    Gives `made`, `changed` or `unchanged`. Raises NotPublished.
    """
    import httpx

    with httpx.Client(timeout=_SECONDS, headers=dict(request.headers), trust_env=True) as client:
        me = _me(client, request)
        known = next((c for c in _comments(client, request) if _is_ours(c, marker, me)), None)
        if known is None:
            _ask(client, request, "POST", request.comments, {"body": text})
            return "made"
        if str(known.get("body", "")).replace("\r\n", "\n").strip() == text.strip():
            return "unchanged"
        where = request.one.replace("{id}", str(int(known["id"])))
        _ask(client, request, request.verb, where, {"body": text})
        return "changed"


def _github(environment: Mapping[str, str]) -> Request:
    token = environment.get("GITHUB_TOKEN", "")
    if not token:
        raise NotPublished(
            "GITHUB_TOKEN is not set: give the step `env: {GITHUB_TOKEN: ${{ github.token }}}`"
            " and the job `permissions: {pull-requests: write}`."
        )
    number = _number(environment)
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise NotPublished(f"GITHUB_REPOSITORY is {repository!r}, which is no owner/name.")
    api = _base(environment.get("GITHUB_API_URL") or "https://api.github.com", "GITHUB_API_URL")
    return Request(
        name=f"pull request {number} of {repository}",
        comments=f"{api}/repos/{repository}/issues/{number}/comments",
        one=f"{api}/repos/{repository}/issues/comments/{{id}}",
        me=f"{api}/user",
        verb="PATCH",
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "User-Agent": "auditor",
        },
        help="The token needs `pull-requests: write`; the token of a fork's pull request has not.",
    )


def _number(environment: Mapping[str, str]) -> int:
    found = re.fullmatch(r"refs/pull/(\d+)/(?:merge|head)", environment.get("GITHUB_REF", ""))
    if found:
        return int(found[1])
    file = environment.get("GITHUB_EVENT_PATH")
    try:
        event = json.loads(Path(file).read_bytes()[:_LIMIT]) if file else {}
        return int(event["pull_request"]["number"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NotPublished(
            "This run is about no pull request, so there is nothing to comment on."
        ) from None


def _gitlab(environment: Mapping[str, str]) -> Request:
    token, number = environment.get("GITLAB_TOKEN", ""), environment.get("CI_MERGE_REQUEST_IID", "")
    if not number.isdecimal():
        raise NotPublished(
            "This job is about no merge request, so there is nothing to comment on: let it run in"
            " merge request pipelines (`rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]`)."
        )
    if not token:
        raise NotPublished(
            "GITLAB_TOKEN is not set: make a project access token with the scope `api` and the role"
            " Reporter, and store it as a masked variable."
        )
    api = _base(environment.get("CI_API_V4_URL") or "https://gitlab.com/api/v4", "CI_API_V4_URL")
    project = quote(environment["CI_PROJECT_ID"], safe="")
    notes = f"{api}/projects/{project}/merge_requests/{number}/notes"
    return Request(
        name=f"merge request {number}",
        comments=notes,
        one=f"{notes}/{{id}}",
        me=f"{api}/user",
        verb="PUT",
        headers={"PRIVATE-TOKEN": token, "User-Agent": "auditor"},
        help="GITLAB_TOKEN needs the scope `api` and at least the role Reporter in this project.",
    )


def _base(url: str, name: str) -> str:
    said = url_complaint(url)
    if said:
        raise NotPublished(f"{name} is no web address: {said}")
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise NotPublished(f"{name} is not https, and a token is not sent in the clear.")
    return url.rstrip("/")


def _comments(client: httpx.Client, request: Request) -> Iterator[dict[str, Any]]:
    for page in range(1, _MOST_PAGES + 1):
        rows = _ask(client, request, "GET", f"{request.comments}?per_page={_PER_PAGE}&page={page}")
        if not isinstance(rows, list):
            raise NotPublished(f"The comments of {request.name} are no list.")
        yield from (row for row in rows if isinstance(row, dict))
        if len(rows) < _PER_PAGE:
            return


def _me(client: httpx.Client, request: Request) -> int | None:
    """The id of the token's user; None for the token of a run, which GitHub does not tell its user."""
    import httpx

    try:
        answer = client.get(request.me)
        return int(answer.json()["id"]) if answer.is_success else None
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def _is_ours(comment: Mapping[str, Any], marker: str, me: int | None) -> bool:
    """A comment that only quotes ours does not begin with the marker; one of another's may not be ours.

    Whoever else begins a comment so would have the answer written where only they can alter it.
    """
    if not str(comment.get("body", "")).startswith(marker) or not isinstance(
        comment.get("id"), int
    ):
        return False
    author = comment.get("user") or comment.get("author") or {}
    if not isinstance(author, dict):
        return False
    return author.get("id") == me if me is not None else author.get("type") == "Bot"


def _ask(
    client: httpx.Client,
    request: Request,
    verb: str,
    url: str,
    body: Mapping[str, str] | None = None,
) -> Any:
    import httpx

    try:
        answer = client.request(verb, url, json=body)
    except httpx.HTTPError as error:
        said = str(error) or type(error).__name__
        raise NotPublished(f"{urlsplit(url).netloc} could not be asked: {said}.") from None
    if answer.status_code in (401, 403, 404):
        raise NotPublished(
            f"{urlsplit(url).netloc} answered {answer.status_code} for the comments of"
            f" {request.name}. {request.help}"
        )
    if not answer.is_success:
        raise NotPublished(
            f"{urlsplit(url).netloc} answered {answer.status_code} for the comments of {request.name}."
        )
    try:
        return answer.json()
    except ValueError:
        raise NotPublished(f"{urlsplit(url).netloc} did not answer in JSON.") from None
