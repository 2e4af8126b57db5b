"""The parts of SARIF 2.1.0 that are read, by their names in the standard; the rest is skipped."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct):
    """Text, or the id of a text of the rule."""

    text: str | None = None
    id: str | None = None

    @property
    def shown(self) -> str:
        """What there is to show."""
        return self.text or self.id or ""


class Severity(msgspec.Struct, rename={"security_severity": "security-severity"}):
    """The properties of a rule or result: GitHub's severity, and tags."""

    security_severity: str | float | None = None
    tags: list[object] | None = None


class RunProperties(msgspec.Struct, rename={"language": "semmle.sourceLanguage"}):
    """The properties of a run: CodeQL's language."""

    language: str | None = None


class Configuration(msgspec.Struct):
    """How a rule reports."""

    level: str | None = None


class Rule(msgspec.Struct):
    """A reportingDescriptor."""

    id: str
    name: str | None = None
    defaultConfiguration: Configuration | None = None
    properties: Severity | None = None


class ToolComponent(msgspec.Struct):
    """The driver or an extension of a tool."""

    name: str
    version: str | None = None
    semanticVersion: str | None = None
    rules: list[Rule] | None = None


class Tool(msgspec.Struct):
    """The tool of a run."""

    driver: ToolComponent
    extensions: list[ToolComponent] | None = None


class ComponentReference(msgspec.Struct):
    """Which extension; the driver has none."""

    index: int | None = None
    name: str | None = None


class RuleReference(msgspec.Struct):
    """Which rule of which component."""

    id: str | None = None
    index: int | None = None
    toolComponent: ComponentReference | None = None


class ArtifactLocation(msgspec.Struct):
    """A file by URI, or by its place in the run's artifacts."""

    uri: str | None = None
    index: int | None = None


class Region(msgspec.Struct):
    """A part of a file."""

    startLine: int | None = None


class PhysicalLocation(msgspec.Struct):
    """A part of a file, and the file."""

    artifactLocation: ArtifactLocation | None = None
    region: Region | None = None


class Location(msgspec.Struct):
    """A place of a result."""

    physicalLocation: PhysicalLocation | None = None


class Suppression(msgspec.Struct):
    """Why a result is silenced; without status it is accepted."""

    status: str | None = None


class Result(msgspec.Struct):
    """One result."""

    message: Message
    ruleId: str | None = None
    ruleIndex: int | None = None
    rule: RuleReference | None = None
    kind: str | None = None
    level: str | None = None
    locations: list[Location] | None = None
    suppressions: list[Suppression] | None = None
    baselineState: str | None = None
    properties: Severity | None = None


class Notification(msgspec.Struct):
    """What a tool tells of its own run."""

    message: Message
    level: str | None = None


class Invocation(msgspec.Struct):
    """One call of the tool."""

    executionSuccessful: bool | None = None
    endTimeUtc: str | None = None
    commandLine: str | None = None
    arguments: list[str] | None = None
    toolExecutionNotifications: list[Notification] | None = None
    toolConfigurationNotifications: list[Notification] | None = None


class Artifact(msgspec.Struct):
    """A file that the run speaks of."""

    location: ArtifactLocation | None = None
    sourceLanguage: str | None = None


class Provenance(msgspec.Struct):
    """Which commit was analysed."""

    revisionId: str | None = None


class AutomationDetails(msgspec.Struct):
    """The series that a run belongs to."""

    id: str | None = None


class ExternalFiles(msgspec.Struct):
    """Parts of a run that lie in other files."""

    results: list[object] | None = None


class Run(msgspec.Struct):
    """One run of one tool."""

    tool: Tool
    results: list[Result] | None = None
    invocations: list[Invocation] | None = None
    artifacts: list[Artifact] | None = None
    versionControlProvenance: list[Provenance] | None = None
    automationDetails: AutomationDetails | None = None
    defaultSourceLanguage: str | None = None
    externalPropertyFileReferences: ExternalFiles | None = None
    properties: RunProperties | None = None


class Log(msgspec.Struct):
    """A whole file."""

    version: str
    runs: list[Run] | None
