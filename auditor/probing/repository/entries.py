"""Facts that are lists of entries `path:line what`, or count them, and what one bad file does to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from auditor.formats.text.errors import FormatError, Malformed
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Observation, Problem, ProblemKind, Trouble


@dataclass(slots=True)
class Entries:
    """What a look found, as entries `path:line what` for each fact, and the files it failed on.

    A fact that is a number counts its entries. `elsewhere` are problems of facts without an entry, which
    may well be true somewhere that is not looked at: their absence here says nothing.
    """

    facts: tuple[FactSpec, ...]
    found: dict[str, list[tuple[str, Location]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    elsewhere: list[Problem] = field(default_factory=list)

    def away(self, message: str, hint: str, *facts: FactSpec) -> None:
        """Says that none of `facts` was found, and may be elsewhere; nothing where one of them was."""
        if not any(fact.key in self.found for fact in facts):
            keys = tuple(fact.key for fact in facts)
            self.elsewhere.append(Problem(ProblemKind.NOT_CONFIGURED, message, hint, keys))

    def add(self, fact: FactSpec, path: str, line: int | None, what: str) -> None:
        """One entry of `fact`; without `what` it is the place alone."""
        place = Location(path=path, line=line)
        self.found.setdefault(fact.key, []).append((f"{place} {what}".rstrip(), place))

    @contextmanager
    def reading(self, path: str, invalid: FactSpec, tool: str) -> Iterator[None]:
        """Takes what reading `path` raises: what `tool` would refuse is an entry of `invalid`, and
        either way the file hides every fact that has no entry without it."""
        try:
            yield
        except Malformed as error:
            self.add(invalid, path, error.line, error.message)
            hint = f"Mend it until `{tool}` accepts it."
            self.problems.append(Problem(ProblemKind.MALFORMED, str(error), hint))
        except FormatError as error:
            self.problems.append(Problem(ProblemKind.TOO_LARGE, str(error), "Split it."))
        except Trouble as trouble:
            self.problems.append(trouble.problem())

    def observations(
        self, ctx: Context, source: Source, level: Level = Level.EFFECTIVE
    ) -> Iterator[Observation]:
        """The problems, and every fact that they do not make doubtful, at `level`."""
        hidden = tuple(fact.key for fact in self.facts if fact.key not in self.found)
        yield from (replace(problem, facts=hidden) for problem in self.problems)
        yield from self.elsewhere
        away = {key for problem in self.elsewhere for key in problem.facts}
        for fact in self.facts:
            found = self.found.get(fact.key, [])
            texts = [text for text, _ in found]
            if found or not (self.problems or fact.key in away):
                yield fact.of(
                    texts if fact.type is FactType.LIST else len(texts),
                    level=level,
                    source=source,
                    locations=[place for _, place in found],
                    produced_at=ctx.observed_at,
                )
