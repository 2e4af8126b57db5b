"""Commands that judge source without running it: linters, formatters, type checkers, scanners."""

from __future__ import annotations

from auditor.formats.ci.ci_rules import CommandKind, option, read_rules

_WHERE = r"(?: (?:--filter|--cwd|--prefix|--workspace|--dir|-C|-F|-w) \S+| workspace \S+| -\S+)*"
_SCRIPT = rf"(?:npm|pnpm|yarn|bun){_WHERE}(?: run(?:-script)?)?{_WHERE}"
_RUNNERS = r"(?:g?make|just|task|inv|invoke|rake|nx|turbo|lerna|moon|deno task|composer|hatch run)"
_NO_RUN = option("-n|--dry-run|--just-print|-i|--ignore-errors")
_ENVIRONMENT = r"(?:tox|nox)(?: \S+)*? (?:-e|-s|--sessions?|-k|run -e)[ =]?(?:[\w.]+[-,])*"
_FIXES = r"--fix\b(?!.*--exit-non-zero-on-fix)"
_NO_AUDIT = option("fix|signatures|--audit-level[= ]none")
_NOT_RUFF_CHECK = "format|rule|clean|config|version|linter|server|help|analyze"

LINT_RULES = read_rules(
    CommandKind.LINT,
    rf"""
    ruff :: ruff check|ruff (?!{_NOT_RUFF_CHECK})\S+ :: {_FIXES}|{option("-e|--exit-zero")}
    flake8 :: flake8|pflake8|pycodestyle|pydocstyle|pyflakes :: --exit-zero
    pylint :: pylint|prospector|vulture|pylama :: --exit-zero|{option("--fail-under[= ]0(?:[.]0)?")}
    import-linter :: lint-imports
    pre-commit :: pre-commit run|prek run
    eslint :: eslint|standard|xo|tslint|stylelint|oxlint|next lint|expo lint|ng lint :: {_FIXES}
    biome :: biome (?:check|lint|ci) :: --(?:write|apply)\b
    golangci-lint :: golangci-lint run :: --issues-exit-code[= ]0|{_FIXES}
    go vet :: go vet|staticcheck|revive
    clippy :: cargo(?: \+\S+)? clippy :: {_FIXES}
    rubocop :: rubocop|standardrb|reek :: {option("-a|-A|--autocorrect|--autocorrect-all")}
    php :: phpcs|php-cs-fixer(?=.*--dry-run)|pint(?=.*--test)|phpmd
    hadolint :: hadolint :: --no-fail
    text :: shellcheck|yamllint|actionlint|markdownlint\S*|sqlfluff lint|ansible-lint|cfn-lint
    infra :: tflint|helm lint|kubeconform|kubeval|kube-linter lint|kube-score|terraform validate
    jvm :: (?:mvnw?|gradlew?)(?: \S+)* (?:checkstyle:check|spotless:check|ktlintCheck|detekt|lint)
    others :: ktlint|detekt|mix credo|swiftlint :: {option("-F|--format")}
    tox :: {_ENVIRONMENT}(?:lint|flake8|style|pre-commit|ruff|pylint|codestyle|pep8)\S*
    """,
)

LINT_SCRIPT_RULES = read_rules(
    CommandKind.LINT,
    rf"""
    script :: {_SCRIPT} (?:[a-zA-Z0-9]+[-_:])*(?:lint|eslint|stylelint)(?:[-_:]\S*)? :: --fix\b|:fix\b
    task :: {_RUNNERS}(?: \S+)*? (?:[a-zA-Z0-9]+[-_:])*lint(?:[-_:]\S*)? :: {_NO_RUN}
    script :: (?:\S*/)?(?:[a-z]+[-_])*lint(?:[-_][a-zA-Z0-9]+)*\.(?:sh|bash|py|js)
    script :: (?:\S*/)?(?:scripts?|bin|ci)/lint
    """,
    delegated=True,
)

FORMAT_RULES = read_rules(
    CommandKind.FORMAT,
    rf"""
    black :: black|blue :: :: --check
    isort :: isort :: :: {option("--check|--check-only|-c")}
    ruff format :: ruff format :: :: --check|--diff
    prettier :: prettier :: {option("-w|--write")} :: {option("--check|--list-different|-c|-l")}
    cargo fmt :: cargo(?: \+\S+)? fmt :: :: --check
    terraform fmt :: (?:terraform|tofu|terragrunt) (?:fmt|hclfmt) :: :: -check
    dotnet format :: dotnet format :: :: --verify-no-changes
    mix format :: mix format :: :: --check-formatted
    clang-format :: clang-format(?:-\d+)? :: :: --Werror
    shfmt :: shfmt :: :: {option("-d|-l|--diff")}
    yapf :: yapf|autopep8 :: :: {option("-d|--diff|--exit-code")}
    """,
)

TYPE_RULES = read_rules(
    CommandKind.TYPES,
    rf"""
    mypy :: mypy|dmypy (?:run|check)
    pyright :: pyright|basedpyright|ty check|pyre(?: \S+)* check|pytype|pyrefly check
    tsc :: tsc|vue-tsc|svelte-check|flow(?: check)?|glint :: --(?:init|watch|showConfig)\b|{option("-w")}
    php :: phpstan(?: analy[sz]e)?|psalm|srb tc|mix dialyzer :: --generate-baseline|--set-baseline
    tox :: {_ENVIRONMENT}(?:mypy|typ(?:e|es|ing|echeck)|pyright)(?:[-,]\S*)?
    """,
)

TYPE_SCRIPT_RULES = read_rules(
    CommandKind.TYPES,
    rf"""
    script :: {_SCRIPT} (?:[a-zA-Z0-9]+[-_:])*(?:types?-?checks?|check-?types|types|tsc|typing)(?:[-_:]\S*)?
    task :: {_RUNNERS}(?: \S+)*? (?:mypy|types?|typecheck|type-check|typing|pyright) :: {_NO_RUN}
    """,
    delegated=True,
)

SCAN_RULES = read_rules(
    CommandKind.SCAN,
    rf"""
    bandit :: bandit :: --exit-zero
    trivy :: trivy(?: -\S+)* (?!plugin|server|version|clean|convert)[a-z]\S* :: :: --exit-code[= ][1-9]
    gitleaks :: gitleaks(?: -\S+)* (?:detect|git|dir|protect|stdin) :: {option("--exit-code[= ]0")}
    pip-audit :: pip-audit :: {option("--dry-run|-d")}
    npm audit :: (?:npm|pnpm|bun) audit|yarn(?: npm)? audit :: {_NO_AUDIT}
    npm audit :: audit-ci|better-npm-audit audit|retire
    semgrep :: semgrep ci|opengrep ci :: --dry-run
    semgrep :: (?:semgrep|opengrep)(?: scan)? :: :: --error\b
    snyk :: snyk (?:(?:container|code|iac) )?test
    grype :: grype :: :: (?:--fail-on|-f)[= ]\S
    safety :: safety (?:check|scan) :: --continue-on-error|--exit-zero
    zap :: zap-(?:baseline|full-scan|api-scan)\.py :: {option("-I")}
    codeql :: codeql database analyze :: .
    checkov :: checkov :: {option("--soft-fail|-s")}
    infra :: tfsec|terrascan scan|kics scan :: {option("--soft-fail|-s")}|--ignore-on-exit
    osv-scanner :: osv-scanner|govulncheck|cargo (?:audit|deny(?: \S+)* check)|bundler?-audit
    brakeman :: brakeman :: --no-exit-on-warn
    trufflehog :: trufflehog :: :: --fail\b
    detect-secrets :: detect-secrets-hook
    detect-secrets :: detect-secrets scan :: .
    dockle :: dockle :: :: --exit-code[= ][1-9]
    docker scout :: docker scout \S+ :: :: {option("--exit-code|-e")}
    dependency-check :: dependency-check(?:\.sh)? :: :: --failOnCVSS
    dependency-check :: (?:mvnw?|gradlew?)(?: \S+)* (?:\S*dependency-check\S*|dependencyCheckAnalyze)
    gosec :: gosec :: -no-fail
    sonar :: sonar-scanner|(?:mvnw?|gradlew?)(?: \S+)* sonar\S* :: :: qualitygate\.wait=true
    kubescape :: kubescape scan|polaris audit :: :: threshold|--set-exit-code
    others :: zizmor|poutine|composer audit|mix sobelow|conftest (?:test|verify) :: --no-exit-codes
    """,
)
