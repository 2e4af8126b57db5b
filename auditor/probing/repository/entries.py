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

    A fact that is a number counts its entries.
    """

    facts: tuple[FactSpec, ...]
    found: dict[str, list[tuple[str, Location]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

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
        for fact in self.facts:
            found = self.found.get(fact.key, [])
            texts = [text for text, _ in found]
            if found or not self.problems:
                yield fact.of(
                    texts if fact.type is FactType.LIST else len(texts),
                    level=level,
                    source=source,
                    locations=[place for _, place in found],
                    produced_at=ctx.observed_at,
                )
