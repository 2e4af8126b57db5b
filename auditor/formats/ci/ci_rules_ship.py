"""Commands that bring a version to a running system, and commands that only publish it."""

from __future__ import annotations

from auditor.formats.ci.ci_rules import CommandKind, option, read_rules

_DRY = r"--dry-?run(?![= ](?:none|false))\b"
_RUNNERS = r"(?:g?make|just|task|inv|invoke|rake|nx|turbo|lerna|moon|deno task|composer|hatch run)"
_REMOTE = (
    r"docker|podman|kubectl|helm|systemctl|service|supervisorctl|pm2|deploy|git pull|git fetch"
    r"|restart|reload|bash|sh|make|dokku|ansible|rsync|nomad"
)

DEPLOY_RULES = read_rules(
    CommandKind.DEPLOY,
    rf"""
    kubectl :: (?:kubectl|oc)(?: \S+)*? (?:apply|replace|patch|set image|rollout restart) :: {_DRY}
    kubectl :: (?:kubectl|oc)(?: \S+)*? create(?= (?:\S+ )*-f) :: {_DRY}
    helm :: helm(?: -\S+)*(?: upgrade| install) :: {_DRY}
    helm :: helmfile(?: \S+)*? (?:apply|sync)|kapp deploy|skaffold (?:run|deploy)|ko apply
    argocd :: argocd app (?:sync|set|create)|flux reconcile|werf converge :: {_DRY}
    argocd :: kubectl argo rollouts (?:set|promote|restart)
    terraform :: (?:terraform|tofu|terragrunt)(?: \S+)*? apply
    pulumi :: pulumi(?: \S+)*? up|cdk deploy|cdktf deploy
    serverless :: (?:serverless|sls|sam|sst|amplify|copilot|eb|zappa|chalice) (?:\S+ )?deploy
    aws :: aws(?: \S+)*? ecs (?:update-service|deploy|run-task|create-service)
    aws :: aws(?: \S+)*? lambda (?:update-function-code|publish-version|update-alias) :: {_DRY}
    aws :: aws(?: \S+)*? (?:deploy create-deployment|cloudformation (?:deploy|update-stack))
    aws :: aws(?: \S+)*? (?:s3 sync|elasticbeanstalk update-environment) :: {option("--dryrun")}
    ecs-deploy :: ecs-deploy|ecs deploy
    gcloud :: gcloud(?: \S+)*? (?:run|app|functions|deploy) (?:\S+ )*?(?:deploy|create|replace|update)
    az :: az (?:webapp|functionapp|containerapp|staticwebapp) (?:\S+ )*?(?:up|update|deploy|create|set)
    az :: az webapp deployment \S+ \S+|az deployment \S+ create :: --what-if
    fly :: (?:flyctl|fly) deploy|railway up|render deploys create :: --build-only
    heroku :: heroku container:release|git push(?: \S+)*? (?:heroku|dokku|piku)\S*
    static :: vercel(?=.* --prod)|vercel deploy|netlify deploy|firebase deploy|surge :: {_DRY}
    wrangler :: wrangler (?:\S+ )?(?:deploy|publish) :: {_DRY}
    ansible :: ansible-playbook :: {option("--check|-C|--syntax-check|--list-hosts|--list-tasks")}
    kamal :: kamal (?:deploy|redeploy)|cap \S+ deploy|mina deploy|dep deploy|fab \S*deploy\S*
    docker :: docker (?:stack deploy|service update)|nomad (?:job )?run|waypoint up|balena push
    docker :: docker(?: |-)compose(?: \S+)*? (?:-H|--host)(?: \S+)*? up|docker (?:-H|--context) .* up
    ssh :: ssh(?=.*\b(?:{_REMOTE})\b)
    rsync :: rsync(?= .*\S+:\S)|scp(?= .*\S+:\S) :: {option("-n|--dry-run")}
    """,
)

DEPLOY_SCRIPT_RULES = read_rules(
    CommandKind.DEPLOY,
    rf"""
    script :: (?:npm|pnpm|yarn|bun)(?: run)?(?: -\S+)* (?:[a-zA-Z0-9]+[-_:])*deploy(?:[-_:]\S*)? :: {_DRY}
    task :: {_RUNNERS}(?: \S+)*? (?:[a-zA-Z0-9]+[-_:])*deploy(?:[-_:]\S*)? :: {_DRY}|{option("-n")}
    script :: (?:\S*/)?(?:[a-zA-Z0-9]+[-_])*deploy(?:[-_.][a-zA-Z0-9]+)*\.(?:sh|bash|py|js|ts|ps1|rb) :: {_DRY}
    script :: (?:\S*/)?(?:scripts?|bin|ci)/deploy(?:[-_][a-zA-Z0-9]+)* :: {_DRY}
    """,
    delegated=True,
)

PUBLISH_RULES = read_rules(
    CommandKind.PUBLISH,
    rf"""
    docker :: (?:docker|podman|buildah|crane|nerdctl)(?: image| manifest| compose)? push
    docker :: docker (?:buildx )?(?:build|bake)(?=.* --push(?: |$))|skopeo copy|oras push|helm push
    python :: twine upload|(?:poetry|uv|flit|hatch|pdm|maturin) publish :: {_DRY}
    javascript :: (?:npm|pnpm|yarn|lerna|bun)(?: \S+)*? publish|changeset publish :: {_DRY}
    jvm :: (?:mvnw?|mvnd)(?: \S+)* deploy|gradlew?(?: \S+)* \S*publish\S*
    others :: cargo publish|gem push|dotnet nuget push|mix hex\.publish :: {_DRY}
    goreleaser :: goreleaser release :: {_DRY}|--snapshot
    release :: gh release (?:create|upload)|glab release create|semantic-release|release-it :: {_DRY}
    """,
)
