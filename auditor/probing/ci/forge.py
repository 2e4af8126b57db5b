"""Asks GitHub or GitLab about the audited repository: only what is read, at an address that the operator gave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from auditor.formats.ci import github_api, gitlab_api
from auditor.formats.ci.forge_model import Protection, Release, Run, strictest
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.access import FORGES, SYSTEMS
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.monitoring_api import Answer, Api

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_SLUG = re.compile(r"[\w.-]+(?:/[\w.-]+)+")
_PUBLIC = {"github": ("github.com", "api.github.com"), "gitlab": ("gitlab.com", "gitlab.com")}
_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


def find_forge(ctx: Context) -> GitHub | GitLab:
    """The forge of the git remote, where the operator lets it be asked. Raises Trouble (not_configured).

    A token goes to the forge that it is for: where the remote points elsewhere, nobody is asked.
    """
    granted = [name for name in FORGES if ctx.access.base(name)]
    host, _, slug = ctx.target.remote.partition("/")
    matching = [name for name in granted if _serves(ctx.access.base(name), name, host)]
    if ctx.looking.forge:
        slug = ctx.looking.forge
        chosen = matching or (granted if len(granted) == 1 else [])
    else:
        chosen = matching
    if not chosen or not _SLUG.fullmatch(slug):
        raise _unknown(ctx, granted)
    return GitHub(ctx, slug) if chosen[0] == "github" else GitLab(ctx, slug)


def _serves(base: str, name: str, host: str) -> bool:
    """Whether an API serves the repositories of a host, as git names it."""
    asked = (urlsplit(base).hostname or "").lower()
    site, public = _PUBLIC[name]
    return bool(host) and (asked == host or (asked == public and host == site))


def _unknown(ctx: Context, granted: list[str]) -> Trouble:
    titles = " or ".join(SYSTEMS[name].title for name in granted)
    host = ctx.target.remote.partition("/")[0]
    why = f"its git remote is at {host}" if host else "it has no git remote"
    return Trouble(
        ProblemKind.NOT_CONFIGURED,
        f"Which repository on {titles} this is, is not known: {why}.",
        "Run again with --forge OWNER/NAME, and with AUDITOR_GITHUB_URL or AUDITOR_GITLAB_URL for a forge"
        " of your own.",
    )


def _unseen(title: str, slug: str) -> Trouble:
    return Trouble(
        ProblemKind.DENIED,
        f"{title} shows no repository {slug} to this token.",
        "Give the token access to it, or name another with --forge OWNER/NAME.",
    )


@dataclass(frozen=True)
class GitHub:
    """A repository on GitHub. Every method raises Trouble as `Api.ask` does."""

    ctx: Context
    slug: str

    @cached_property
    def _api(self) -> Api:
        return Api(self.ctx, self.ctx.access.base("github"), "GitHub", "--github", _GITHUB)

    @property
    def _at(self) -> str:
        return f"/repos/{quote(self.slug)}"

    def branch(self) -> Answer[str]:
        """The default branch."""
        answer = self._api.find(self._at, github_api.repository)
        if answer is None:
            raise _unseen("GitHub", self.slug)
        return Answer(answer.value[1], answer.exchange)

    def protection(self, branch: str) -> Answer[Protection]:
        """What rulesets and the classic protection demand together, as far as the token may see it."""
        name = quote(branch, safe="")
        rules = self._api.ask(f"{self._at}/rules/branches/{name}", github_api.rules)
        seen = self._api.ask(f"{self._at}/branches/{name}", github_api.branch)
        classic = seen.value
        if classic.reviews is None:
            try:
                path = f"{self._at}/branches/{name}/protection"
                full = self._api.find(path, github_api.protection)
            except Trouble:
                full = None  # it takes the right to read the administration: what is shown still counts
            classic = full.value if full else classic
        return Answer(strictest(rules.value, classic), rules.exchange)

    def runs(self, branch: str) -> Answer[list[Run]]:
        """The last finished run of each workflow on a branch."""
        query = {"branch": branch, "per_page": "50", "exclude_pull_requests": "true"}
        return self._api.ask(f"{self._at}/actions/runs", github_api.runs, query)

    def releases(self) -> Answer[list[Release]]:
        """The last ten releases."""
        return self._api.ask(f"{self._at}/releases", github_api.releases, {"per_page": "10"})

    def alerts(self) -> Answer[list[str]]:
        """Open Dependabot alerts of high or critical severity, at most 100."""
        query = {"state": "open", "severity": "high,critical", "per_page": "100"}
        path = f"{self._at}/dependabot/alerts"
        exchange = self._api.get(path, query)
        if exchange.status == 403 and "disabled" in exchange.text[:2000]:
            message = "Dependabot alerts are switched off for this repository."
            raise Trouble(ProblemKind.NOT_CONFIGURED, message, "Switch them on in its settings.")
        return self._api.answered(exchange, path, github_api.alerts)


@dataclass(frozen=True)
class GitLab:
    """A project on GitLab. Every method raises Trouble as `Api.ask` does."""

    ctx: Context
    slug: str

    @cached_property
    def _api(self) -> Api:
        return Api(self.ctx, self.ctx.access.base("gitlab"), "GitLab", "--gitlab")

    @property
    def _at(self) -> str:
        return f"/projects/{quote(self.slug, safe='')}"

    def branch(self) -> Answer[str]:
        """The default branch."""
        answer = self._api.find(self._at, gitlab_api.project)
        if answer is None:
            raise _unseen("GitLab", self.slug)
        return Answer(answer.value[1], answer.exchange)

    def protection(self, branch: str) -> Answer[Protection]:
        """What the project and the protected branch demand together."""
        whole = self._api.ask(self._at, gitlab_api.project)
        of_branch = self._api.ask(
            f"{self._at}/protected_branches",
            lambda body: gitlab_api.protected(body, branch),
            {"per_page": "100"},
        ).value
        every = whole.value[2]
        return Answer(
            Protection(every.checks, self._reviews(every), of_branch.pushes, of_branch.forced),
            whole.exchange,
        )

    def _reviews(self, project: Protection) -> int | None:
        """Approval rules are a matter of the paid tiers: where there are none, no approval is demanded."""
        try:
            rules = self._api.find(f"{self._at}/approval_rules", gitlab_api.approvals)
        except Trouble:
            return project.reviews
        return rules.value if rules else project.reviews or 0

    def runs(self, branch: str) -> Answer[list[Run]]:
        """The last finished pipeline of a branch."""
        query = {"ref": branch, "per_page": "20"}
        return self._api.ask(f"{self._at}/pipelines", gitlab_api.runs, query)

    def releases(self) -> Answer[list[Release]]:
        """The last ten releases."""
        return self._api.ask(f"{self._at}/releases", gitlab_api.releases, {"per_page": "10"})

    def alerts(self) -> Answer[list[str]]:
        """Raises not_configured: GitLab shows vulnerabilities by reports of its own scanners alone."""
        raise Trouble(
            ProblemKind.NOT_CONFIGURED,
            "GitLab has no alerts on dependencies as Dependabot does.",
            "Keep the report of dependency scanning as evidence.",
        )
