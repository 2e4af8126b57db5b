"""Commands that check what is about to be deployed, and commands that bring the version before back."""

from __future__ import annotations

from auditor.formats.ci.ci_rules import CommandKind, option, read_rules

_RUNNERS = r"(?:g?make|just|task|inv|invoke|rake|nx|turbo|lerna|moon|deno task|composer|hatch run)"
_SCRIPT = r"(?:npm|pnpm|yarn|bun)(?: run)?(?: -\S+)*"
_SERVER = r"--dry-?run(?![= ](?:none|false))\b"
_NAMES = (
    r"(?:pre-?_?flight|pre-?_?deploy(?:ment)?|deploy(?:ment)?[-_:]?checks?|checks?[-_:]deploy(?:ment)?"
    r"|(?:check|verify|validate)[-_:](?:env(?:ironment)?|config(?:uration)?|secrets?|migrations?|manifests?|release|deploy(?:ment)?))"
)
_ANY_NAME = rf"(?:[a-zA-Z0-9]+[-_:.])*{_NAMES}(?:[-_:.][a-zA-Z0-9]+)*"
_BACK = r"(?:[a-zA-Z0-9]+[-_:.])*roll-?_?back(?:[-_:.][a-zA-Z0-9]+)*"

PREFLIGHT_RULES = read_rules(
    CommandKind.PREFLIGHT,
    rf"""
    kubernetes :: kubeconform|kubeval|kube-linter lint|kube-score score|conftest (?:test|verify) :: --no-fail
    kubectl :: (?:kubectl|oc)(?=.* {_SERVER})(?!.* (?:-o|--output))(?: \S+)*? (?:apply|replace) :: --validate[= ]false
    kubectl :: (?:kubectl|oc)(?=.* --dry-?run[= ]server)(?!.* (?:-o|--output))(?: \S+)*? create(?= (?:\S+ )*-f)
    helm :: helm(?: -\S+)* lint|ct lint
    helm :: helm(?: -\S+)*(?: upgrade| install)(?=.* {_SERVER})
    terraform :: (?:terraform|tofu|terragrunt)(?: \S+)*? (?:validate|plan) :: -refresh-only
    infra :: pulumi(?: \S+)*? preview|aws(?: \S+)*? cloudformation validate-template|sam validate|cfn-lint
    infra :: az deployment \S+ (?:validate|what-if)|nomad (?:job )?validate|packer validate|bicep build
    ansible :: ansible-playbook(?=.* (?:--check|-C|--syntax-check)(?: |$))
    compose :: docker(?: |-)compose(?: \S+)*? config|docker stack config
    django :: (?:(?:\S*/)?manage\.py|django-admin) (?:check|makemigrations(?=.* --check)|migrate(?=.* --check))
    alembic :: alembic(?: -\S+(?: [^-\s]\S*)?)*? (?:check|current(?=.* --check-heads))
    migrations :: flyway(?: -\S+)* (?:validate|check)|liquibase(?: -\S+)* validate
    migrations :: squawk|atlas migrate (?:lint|validate)
    migrations :: prisma (?:migrate status|validate)|(?:rails|rake) db:abort_if_pending_migrations
    migrations :: dotnet ef migrations has-pending-model-changes|doctrine:schema:validate
    config :: nginx -t|caddy validate|haproxy(?=.* -c(?: |$))|promtool check|amtool check-config
    config :: fly(?:ctl)? config validate|wrangler(?: \S+)* deploy(?=.* {_SERVER})|dotenv-linter
    """,
)

PREFLIGHT_SCRIPT_RULES = read_rules(
    CommandKind.PREFLIGHT,
    rf"""
    script :: {_SCRIPT} {_ANY_NAME} :: {option("--dry-run")}
    task :: {_RUNNERS}(?: \S+)*? {_ANY_NAME} :: {option("-n|--dry-run|-i")}
    script :: (?:\S*/)?{_ANY_NAME}\.(?:sh|bash|py|js|mjs|ts|ps1|rb)
    script :: (?:\S*/)(?:[a-zA-Z0-9]+[-_])*{_NAMES}(?:[-_][a-zA-Z0-9]+)*
    module :: (?:\w+\.)*(?:pre_?-?flight|pre_?-?deploy|check_deploy|deploy_check)(?:\.\w+)*
    """,
    delegated=True,
)

ROLLBACK_RULES = read_rules(
    CommandKind.ROLLBACK,
    rf"""
    helm :: helm(?: -\S+)* (?:upgrade|install)(?=.* --(?:atomic|rollback-on-failure)(?: |=true|$)) :: {_SERVER}
    helm :: helm(?: -\S+)* rollback :: {_SERVER}
    kubectl :: (?:kubectl|oc)(?: \S+)*? rollout undo|oc rollback :: {_SERVER}
    argo :: kubectl argo rollouts (?:undo|abort)|argocd app rollback|(?:flux|argo-rollouts) rollback
    kamal :: kamal rollback|cap \S+ deploy:rollback|mina rollback|dep rollback
    paas :: heroku (?:releases:)?rollback|vercel rollback|wrangler(?: \S+)* rollback|netlify rollback|scalingo rollback
    docker :: docker service (?:rollback|update(?=.* --rollback(?: |$)|.* --update-failure-action[= ]rollback))
    nomad :: nomad job revert
    aws :: aws(?: \S+)*? deploy create-deployment(?=.* --auto-rollback-configuration[= ]\S*enabled=true)
    gcloud :: gcloud(?: \S+)*? run services update-traffic(?=.* --to-revisions)|gcloud deploy targets rollback
    """,
)

ROLLBACK_SCRIPT_RULES = read_rules(
    CommandKind.ROLLBACK,
    rf"""
    script :: {_SCRIPT} {_BACK} :: {option("--dry-run")}
    task :: {_RUNNERS}(?: \S+)*? {_BACK} :: {option("-n|--dry-run")}
    script :: (?:\S*/)?{_BACK}\.(?:sh|bash|py|js|mjs|ts|ps1|rb)
    """,
    delegated=True,
)

RELEASE_RULES = (
    *PREFLIGHT_RULES,
    *PREFLIGHT_SCRIPT_RULES,
    *ROLLBACK_RULES,
    *ROLLBACK_SCRIPT_RULES,
)
