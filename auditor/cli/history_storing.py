"""Storing what `audit` made: refused before the work where it cannot be, done after the report is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.cli import history_place as at
from auditor.cli.tell import tell

if TYPE_CHECKING:
    from auditor.pipeline import Audit, Options, Policy
    from auditor.store.history.place import Place


class Storage:
    """Where the run of an audit goes; nowhere, unless the operator has said so."""

    def __init__(self, options: Options, asked: dict[str, Any], *, quiet: bool) -> None:
        """`asked` are the options of storing. Raises Refusal where nothing can be stored there."""
        self._quiet = quiet
        self.place = _place(options, asked)
        if self.place is None:
            return
        with at.opened(self.place, create=True) as history:
            from auditor.recording import refuse_part

            refuse_part(options.only)
            history.check_writable()

    def keep(self, done: Audit, policy: Policy) -> None:
        """Store a finished audit. Raises Refusal."""
        if self.place is None:
            self._hint(policy)
            return
        with at.opened(self.place) as history:
            from auditor.recording import store_audit

            added = store_audit(history, done, policy.found.tree)
        if not self._quiet:
            tell(f"history: run {added.run} in {self.place.shown}")

    def _hint(self, policy: Policy) -> None:
        """A repository does not choose where its operator's history is."""
        settings = policy.found.settings
        if settings.history is not None and not self._quiet:
            tell(
                f"{settings.file or 'auditor.yaml'} names a history, which counts only in a file named"
                " with --config. Store the run: --history FILE|URL"
            )


def _place(options: Options, asked: dict[str, Any]) -> Place | None:
    where, blobs = asked["history"], asked["history_blobs"]
    if asked["no_history"]:
        return None
    if where is None and options.config is not None:
        return at.place_of_config(options.config, blobs)
    return at.place(where, blobs, None) if where is not None else None
