"""What code.dead_letters says of queues and of messages that fail."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.dead_letters import dead_letters

APP = "from fastapi import FastAPI\nimport work\n\napp = FastAPI()\nwork.start()\n"
PIKA = """import pika


def start():
    channel.queue_declare("orders", arguments={"x-dead-letter-exchange": "orders.dlx"})
    channel.basic_consume("orders", handle)
    channel.basic_consume("orders.dlq", replay)
"""
KAFKA = """from kafka import KafkaConsumer, KafkaProducer

consumer = KafkaConsumer("orders")


def start():
    for message in consumer:
        try:
            handle(message)
        except ValueError:
            producer.send("orders.DLT", message.value)
"""


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports this text."""
    return dict(values(run_probe(dead_letters, repo={"app.py": APP, "work.py": text, **files})))


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    package = '{"scripts": {"start": "node index.js"}}'
    return dict(values(run_probe(dead_letters, repo={"package.json": package, "index.js": text})))


def test_a_present_dead_letter_exchange_that_is_read() -> None:
    assert python(PIKA) == {
        "queues.used": ["work.py:1 RabbitMQ (pika)"],
        "queues.without_dead_letter": [],
        "dead_letters.declared": ["work.py:5 x-dead-letter-exchange"],
        "dead_letters.consumed": ["work.py:7 channel.basic_consume from a dead-letter queue"],
    }


def test_a_missing_queue_gives_empty_lists_so_that_the_item_need_not_apply() -> None:
    assert set(map(str, python("def start():\n    pass\n").values())) == {"[]"}


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(dead_letters, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(dead_letters, repo={"app.py": APP, "work.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(dead_letters, repo={"app.py": APP, "work.py": denied})) == {}


def test_false_green_a_queue_in_a_file_that_nothing_imports_may_yet_be_started() -> None:
    repo = {"app.py": APP, "work.py": "x = 1\n", "worker.py": KAFKA}
    evidence = run_probe(dead_letters, repo=repo)
    assert values(evidence) == {}
    assert "worker.py:1" in evidence.problems[0].message


def test_a_module_of_our_own_that_is_called_like_a_library_is_no_queue() -> None:
    assert python("import kafka\n", **{"kafka.py": "x = 1\n"})["queues.used"] == []


def test_messages_that_are_sent_to_a_dead_letter_topic() -> None:
    facts = python(KAFKA)
    assert facts["queues.without_dead_letter"] == []
    assert facts["dead_letters.declared"] == ["work.py:11 producer.send to a dead-letter queue"]
    assert "dead_letters.consumed" not in facts


@pytest.mark.parametrize(
    "text",
    [
        KAFKA.replace('producer.send("orders.DLT", message.value)', 'log.error("sent to DLQ")'),
        KAFKA.replace("producer.send(", "# producer.send("),
        KAFKA.replace("producer.send(", "metrics.send("),
        KAFKA.replace("            producer.send(", "            pass\n\n\ndef never_called():\n    producer.send("),
        "from celery import Celery\n\napp = Celery()\n\n\n@app.task(acks_late=True, reject_on_worker_lost=True)\ndef start():\n    go()\n",
        "from celery import Celery\nfrom kombu import Queue\n\napp = Celery()\nq = Queue('a', queue_arguments={'x-dead-letter-exchange': 'dlx'})\n\n\n@app.task\ndef start():\n    go()\n",
    ],
)  # fmt: skip
def test_false_green_messages_that_are_not_set_aside(text: str) -> None:
    lost = python(text)["queues.without_dead_letter"]
    assert "is not seen to set aside what fails" in str(lost)


def test_a_task_that_is_rejected_reaches_the_dead_letter_exchange() -> None:
    text = "from celery import Celery\nfrom kombu import Queue\n\napp = Celery()\nq = Queue('a', queue_arguments={'x-dead-letter-exchange': 'dlx'})\n\n\n@app.task(acks_late=True)\ndef start():\n    raise Reject(e, requeue=False)\n"
    assert python(text)["queues.without_dead_letter"] == []


def test_what_a_broker_may_be_told_is_not_known() -> None:
    text = PIKA.replace(', arguments={"x-dead-letter-exchange": "orders.dlx"}', "")
    evidence = run_probe(dead_letters, repo={"app.py": APP, "work.py": text})
    assert set(values(evidence)) == {"queues.used", "dead_letters.consumed"}
    assert "a policy at the broker" in evidence.problems[0].message


@pytest.mark.parametrize(
    "text",
    [PIKA.replace('"orders.dlx"', "None"), PIKA.replace("    channel.queue_declare", "    # channel.queue_declare")],
)  # fmt: skip
def test_false_green_an_exchange_of_nothing_is_none(text: str) -> None:
    assert "dead_letters.declared" not in python(text)


def test_a_producer_alone_has_nothing_to_set_aside() -> None:
    facts = python(
        "from kafka import KafkaProducer\n\n\ndef start():\n    KafkaProducer().send('orders', b'')\n"
    )
    assert facts["queues.used"] == ["work.py:1 Kafka (kafka)"]
    assert facts["queues.without_dead_letter"] == []
    assert facts["dead_letters.consumed"] == []


def test_false_green_a_connection_that_is_handed_on_may_consume() -> None:
    evidence = run_probe(
        dead_letters,
        repo={
            "app.py": APP,
            "work.py": "import pika\n\n\ndef start():\n    return pika.BlockingConnection()\n",
        },
    )
    assert "queues.without_dead_letter" not in values(evidence)


def test_libraries_that_keep_what_fails_and_the_option_that_stops_it() -> None:
    worker = "import { Worker, Queue } from 'bullmq';\nconst q = new Queue('a');\nnew Worker('a', run);\n"
    facts = script(worker)
    assert facts["dead_letters.declared"] == ["index.js:1 BullMQ keeps what fails: the failed jobs"]
    assert facts["queues.without_dead_letter"] == []
    dropped = script(worker + "q.add('x', {}, { removeOnFail: true });\n")
    assert "index.js:4" in str(dropped["queues.without_dead_letter"])
    assert dropped["dead_letters.declared"] == []
    assert script(worker + "q.getFailed();\n")["dead_letters.consumed"] == [
        "index.js:4 q.getFailed"
    ]


def test_the_failed_jobs_of_rq_are_read() -> None:
    text = "from rq import Queue\nfrom rq.registry import FailedJobRegistry\n\n\ndef start():\n    FailedJobRegistry(queue=q).requeue(job)\n"
    assert python(text)["dead_letters.consumed"] == ["work.py:6 rq.registry.FailedJobRegistry"]


SQS = "import boto3\n\nsqs = boto3.client('sqs')\n\n\ndef start():\n    sqs.receive_message(QueueUrl=URL)\n"


def test_terraform_declares_a_redrive_policy_and_proves_no_more() -> None:
    terraform = 'resource "aws_sqs_queue" "a" {\n  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dlq.arn })\n}\n'
    evidence = run_probe(
        dead_letters, repo={"app.py": APP, "work.py": SQS, "infra/main.tf": terraform}
    )
    facts = values(evidence)
    assert facts["dead_letters.declared"] == ["infra/main.tf:2 redrive policy"]
    assert facts["queues.without_dead_letter"] == []
    levels = {f.level for f in evidence.facts if f.key == "dead_letters.declared"}
    assert levels == {Level.DECLARED}


def test_false_green_terraform_in_a_comment_or_for_another_broker() -> None:
    commented = '# resource "aws_sqs_queue" "a" {\n#  redrive_policy = jsonencode({ deadLetterTargetArn = x })\n# }\n'
    assert "dead_letters.declared" not in python(SQS, **{"infra/main.tf": commented})
    terraform = commented.replace("# ", "").replace("#", "")
    kafka = KAFKA.replace('producer.send("orders.DLT", message.value)', "pass")
    assert python(kafka, **{"infra/main.tf": terraform})["queues.without_dead_letter"] != []


def test_boto3_for_something_else_is_no_queue() -> None:
    assert python(SQS.replace("'sqs'", "'s3'"))["queues.used"] == []


def test_a_list_of_redis_is_a_queue() -> None:
    facts = python("import redis\n\n\ndef start():\n    r.brpop('jobs')\n")
    assert facts["queues.used"] == ["work.py:5 Redis as a queue (r.brpop)"]
    assert facts["queues.without_dead_letter"] != []


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("const amqp = require('amqplib');\nch.assertQueue('a', { deadLetterExchange: 'dlx' });\nch.consume('a', f);\n", 1),
        ("const { Kafka } = require('kafkajs');\nconst c = k.consumer({});\nawait p.send({ topic: DLQ_TOPIC, messages });\n", 1),
        ("const { Kafka } = require('kafkajs');\nconst c = k.consumer({});\nawait p.send({ topic: 'a', messages: dlqMessages });\n", 0),
    ],
)  # fmt: skip
def test_scripts(text: str, declared: int) -> None:
    facts = script(text)
    assert len(facts["dead_letters.declared"]) == declared  # type: ignore[arg-type]


def test_go_keeps_and_declares() -> None:
    body = 'package main\n\nimport (\n\t"github.com/hibiken/asynq"\n\tamqp "github.com/rabbitmq/amqp091-go"\n)\n\nfunc main() {\n\tasynq.NewServer(x, y)\n\tch.QueueDeclare("a", amqp.Table{"x-dead-letter-exchange": "dlx"})\n\tch.Consume("a")\n}\n'
    facts = values(run_probe(dead_letters, repo={"go.mod": "module x.test/y\n", "main.go": body}))
    assert facts["queues.without_dead_letter"] == []
    assert facts["dead_letters.declared"] == [
        "main.go:4 asynq keeps what fails: its archive",
        "main.go:10 x-dead-letter-exchange",
    ]


def test_a_little_code_in_a_language_of_other_topics_breaks_nothing() -> None:
    java = "class CircuitBreaker {\n  void retryDeadLetter() { sleep(1); }\n}\n"
    repo = {"app.py": APP, "work.py": KAFKA, "src/main/java/CircuitBreaker.java": java}
    evidence = run_probe(dead_letters, repo=repo)
    assert "crashed" not in problems(evidence)
    assert values(evidence)


def test_false_green_a_service_in_a_language_of_other_topics_is_not_known() -> None:
    main = "fun main() {\n  run()\n}\n"
    repo = {"src/main/kotlin/App.kt": main, "pom.xml": "<project/>"}
    assert values(run_probe(dead_letters, repo=repo)) == {}
