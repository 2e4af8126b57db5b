"""What a service's code says of its logging: set-ups, levels, prints and ids of requests, by place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from auditor.code.go import log_go
from auditor.code.logs import log_levels
from auditor.code.logs.log_config import Written, judge, loggers
from auditor.code.logs.log_prints import ASIDE, prints
from auditor.code.logs.log_prints import WANTED as PRINT_WANTED
from auditor.code.logs.log_setups import DEBUG, Origin, Setup, Shape
from auditor.code.python import log_python
from auditor.code.python.log_found_python import json_classes
from auditor.code.scan import qualified
from auditor.code.script import log_script
from auditor.probing.code.code_trees import Tree, Trees
from auditor.probing.code.log_id_looks import Ids
from auditor.probing.code.log_seen import Logging, Seen, log_rules
from auditor.probing.monitoring.log_files import FileConfig, config_files, is_stranger


@dataclass
class Look:
    """Looks at the trees of a service."""

    trees: Trees
    out: Logging = field(default_factory=Logging)
    _idle: set[tuple[str, int]] = field(default_factory=set)

    def run(self) -> Logging:
        """Everything, in the order of paths and lines."""
        self._python()
        self._others()
        self._strangers()
        self._levels()
        self._prints()
        self.out.correlation += Ids(self.trees, self.out.structured).run()
        for name in Logging.__slots__:
            found = {(s.path, s.line, s.what): s for s in getattr(self.out, name)}
            setattr(self.out, name, [found[k] for k in sorted(found)])
        return self.out

    # set-ups

    def _add(self, path: str, setup: Setup) -> None:
        shape, why = setup.shape, setup.why
        if shape in (Shape.JSON, Shape.UNKNOWN) and not self.trees.is_called(setup.scope):
            shape, why = Shape.IDLE, f"nothing calls {setup.scope.rpartition('.')[2]}"
        lists = {
            Shape.JSON: self.out.structured,
            Shape.TEXT: self.out.plain,
            Shape.IDLE: self.out.ineffective,
            Shape.UNKNOWN: self.out.conditional,
        }
        if shape is not Shape.TEXT or self.trees.is_called(setup.scope):
            lists[shape].append(Seen(path, setup.line, setup.what, why))

    @cached_property
    def _json_classes(self) -> Mapping[str, bool]:
        found: dict[str, tuple[tuple[str, ...], bool]] = {}
        for tree in self.trees.of(re.compile(r"Formatter|Handler"), "python"):
            names = self.trees.names(tree.path)
            for name, bases, dumps in json_classes(tree.root):
                full = tuple(qualified(b, names) for b in bases)
                found[name] = (full, dumps)
        known: dict[str, bool] = {}
        for name in found:
            known[name] = self._writes_json(name, found, 5)
        return known

    def _writes_json(
        self, name: str, found: Mapping[str, tuple[tuple[str, ...], bool]], depth: int
    ) -> bool:
        bases, dumps = found[name]
        if dumps or any(self._modules.fullmatch(b) for b in bases):
            return True
        below = [b.rpartition(".")[2] for b in bases]
        return depth > 0 and any(
            self._writes_json(b, found, depth - 1) for b in below if b in found and b != name
        )

    @cached_property
    def _modules(self) -> re.Pattern[str]:
        names = [n for r in log_rules("formatter", "python") for n in r.references]
        return re.compile(rf"(?:{'|'.join(map(re.escape, names))})\..*")

    def _python(self) -> None:
        found = {
            tree.path: log_python.read(
                tree.root,
                self.trees.names(tree.path),
                self._json_classes,
                self._modules,
                self.trees.default,
            )
            for tree in self.trees.of(log_python.WANTED, "python")
        }
        applied = {
            name for one in found.values() for name in one.applied if not name.startswith("\0")
        }
        for path, one in found.items():
            for setup in one.setups:
                self._add(path, setup)
            for config in one.configs:
                is_django = config.name == "LOGGING" and self._is_settings(path)
                named = {config.name, config.scope.rpartition(".")[2]} - {""}
                if (
                    config.inline
                    or is_django
                    or named & applied
                    or f"\0{config.line}" in one.applied
                ):
                    self._add(
                        path,
                        Setup(
                            config.line,
                            config.name or "dictConfig",
                            config.shape,
                            config.why,
                            config.scope,
                        ),
                    )
                    continue
                self._idle.add((path, config.line))
                if config.shape is Shape.JSON:
                    why = "nothing hands it to dictConfig"
                    self._add(
                        path,
                        Setup(
                            config.line, config.name or "dictionary", Shape.IDLE, why, config.scope
                        ),
                    )
        named_files = self._files()
        lines = [(path, line) for path, one in found.items() for line in one.unread]
        if lines and not named_files and not any(one.configs for one in found.values()):
            path, line = lines[0]
            why = "its configuration could not be followed"
            self._add(path, Setup(line, "dictConfig", Shape.UNKNOWN, why))

    def _is_settings(self, path: str) -> bool:
        return bool(
            re.search(
                r"\b(?:INSTALLED_APPS|MIDDLEWARE|ROOT_URLCONF|DATABASES)\b|settings",
                self.trees.texts.get(path, "") + path,
            )
        )

    def _files(self) -> list[FileConfig]:
        found = config_files(self.trees)
        for one in found:
            shape, why = judge(one.value, lambda f: self._file_formatter(f))
            self._add(one.path, Setup(1, "configuration of logging", shape, why))
            self._config_levels(one.path, one.value)
        return found

    def _file_formatter(self, formatter: Mapping[str, object]) -> bool | None:
        name = str(formatter.get("()", formatter.get("class", "")) or "").removeprefix("ext://")
        if self._modules.fullmatch(name):
            return True
        return self._json_classes.get(
            name.rpartition(".")[2],
            False if not name or name.startswith(("logging.", "uvicorn.")) else None,
        )

    def _config_levels(self, path: str, config: Mapping[str, Written]) -> None:
        for name, logger in loggers(config):
            level = str(logger.get("level") or "")
            if DEBUG.fullmatch(f'"{level}"'):
                self.out.fixed.append(Seen(path, 1, f"logger {name or 'root'} at DEBUG"))
            elif "$" in level and any(map(self._is_read, re.findall(r"\w+", level))):
                self.out.from_environment.append(
                    Seen(path, 1, f"level of the logger {name or 'root'}")
                )

    def _others(self) -> None:
        for tree in self.trees.of(log_script.WANTED, "javascript"):
            for setup in log_script.read(
                tree.root, tree.text, self.trees.names(tree.path), self.trees.default
            ):
                self._add(tree.path, setup)
        go = [
            (tree.path, setup)
            for tree in self.trees.of(log_go.WANTED, "go")
            for setup in log_go.read(tree.root, self.trees.names(tree.path), self.trees.default)
        ]
        made = [s for _, s in go if s.what.startswith("zerolog.")]
        first = True
        for path, setup in go:
            if setup.what == log_go.GLOBAL:
                if not first or made:
                    continue
                first = False
            self._add(path, setup)

    def _strangers(self) -> None:
        """Logging that a package outside sets up, which is not read."""
        if self.out.structured or self.out.plain:
            return
        found: dict[str, Seen] = {}
        for path in self.trees.texts:
            scan = self.trees.code.scans.get(path)
            if path.endswith(".java"):
                continue  # whose loggers are set up by files and settings alone
            for one in scan.imports if scan is not None else ():
                if one.typing or one.module in found or not is_stranger(one.module):
                    continue
                if not self.trees.is_ours(one.module, path):
                    found[one.module] = Seen(
                        path, one.line, one.module, "what this package logs is not known"
                    )
        self.out.strange = list(found.values())[:5]
        self.out.conditional += self.out.strange

    # levels and prints

    def _is_read(self, name: str) -> bool:
        return bool(self.trees.reads(name))

    def _levels(self) -> None:
        for tree in self.trees.of(log_levels.WANTED):
            names = self.trees.names(tree.path)
            levels = log_levels.Levels(
                tree.root, tree.family, names, self.trees.default, self._is_read, self.trees.passed
            )
            for one in levels.read():
                if (tree.path, one.config) in self._idle:
                    continue
                if not self.trees.is_called(one.scope) or ASIDE.search(
                    self.trees.ctx.repo.below(tree.path)
                ):
                    continue
                if one.origin is Origin.ENVIRONMENT:
                    self.out.from_environment.append(Seen(tree.path, one.line, one.what))
                elif one.origin is Origin.UNKNOWN:
                    self.out.unclear_levels.append(Seen(tree.path, one.line, one.what))
                elif one.origin is Origin.DEBUG:
                    self.out.fixed.append(Seen(tree.path, one.line, f"{one.what} at DEBUG"))

    def _prints(self) -> None:
        for tree in self.trees.of(PRINT_WANTED):
            if ASIDE.search(self.trees.ctx.repo.below(tree.path)) or self._imports(
                tree, "command", "page"
            ):
                continue
            wanted = frozenset(n for r in log_rules("print", tree.family) for n in r.references)
            for line, name in prints(
                tree.root, self.trees.names(tree.path), wanted, self.trees.default
            ):
                self.out.prints.append(Seen(tree.path, line, name))

    def _imports(self, tree: Tree, *roles: str) -> bool:
        """Whether a file imports a module of one of the roles: it is for people, or runs in a browser as well."""
        scan = self.trees.code.scans.get(tree.path)
        imported = {i.module for i in scan.imports if not i.typing} if scan is not None else set()
        rules = [r for role in roles for r in log_rules(role, tree.family)]
        modules = [m for r in rules for m in r.references]
        return any(i == m or i.startswith((f"{m}.", f"{m}/")) for i in imported for m in modules)
