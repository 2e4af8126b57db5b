"""A small checklist and a small vocabulary for the tests of this room."""

from __future__ import annotations

from auditor.model.probe import FactSpec, FactType

VOCABULARY = {
    spec.key: spec
    for spec in (
        FactSpec("coverage.line_percent", FactType.NUMBER, "Line coverage.", "%"),
        FactSpec("tests.failed", FactType.NUMBER, "Failed tests."),
        FactSpec("repo.languages", FactType.LIST, "Languages."),
        FactSpec("tls.best_protocol", FactType.TEXT, "Best protocol."),
        FactSpec("tls.chain_trusted", FactType.BOOLEAN, "Chain is trusted."),
        FactSpec("attestation", FactType.OBJECT, "Attestation.", subjects=("*",)),
        FactSpec("documents.words", FactType.NUMBER, "Words.", subjects=("readme", "setup")),
        FactSpec("features.live_ok", FactType.BOOLEAN, "Live.", subjects=("*",)),
    )
}

SMALL = """\
id: small
version: "1.0.0"
title: A small checklist
floors: {critical: reported}
thresholds:
  line_coverage: {value: 90, unit: "%", title: Coverage}
categories:
  - id: testing
    number: "1"
    title: Testing
    weight: 60
    sections:
      - id: testing.tests
        number: "1.1"
        title: Tests
        items:
          - id: testing.coverage
            number: "1.1.1"
            title: Tests cover at least {line_coverage} of lines
            severity: critical
            effort: 8h
            when: {repo.languages: {contains: python}}
            require:
              all:
                - coverage.line_percent: ">= $line_coverage"
                - tests.failed: "== 0"
            max_age: 7d
            why: Because.
            fix: Write tests.
            produce: pytest --cov
          - id: testing.load
            number: "1.1.2"
            title: It bears load
            severity: blocker
            attestable: reported
            why: Because.
            fix: Measure.
            produce: k6 run
  - id: security
    number: "2"
    title: Security
    weight: 40
    sections:
      - id: security.tls
        number: "2.1"
        title: TLS
        items:
          - id: security.tls.chain
            number: "2.1.1"
            title: The certificate is trusted
            severity: important
            require: {tls.chain_trusted: true}
            why: Because.
            fix: Renew it.
            produce: auditor audit --url
criteria:
  - id: criteria.score
    title: At least {line_coverage}
    require: {audit.proven: ">= $line_coverage"}
"""
