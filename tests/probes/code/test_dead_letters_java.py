"""What code.dead_letters says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.dead_letters import dead_letters
from tests.probes.code.java_services import TOP, evidence, facts, service

RABBIT = (
    "import org.springframework.amqp.core.*;\nimport org.springframework.amqp.rabbit.annotation.*;"
)
TAKES = '@RabbitListener(queues = "orders") void take(String m) { work(m); }'
DLX = '@Bean Queue q() { return QueueBuilder.durable("orders").deadLetterExchange("orders.dlx").build(); }'
KAFKA = (
    "import org.springframework.kafka.annotation.*;\nimport org.springframework.kafka.listener.*;"
)
LISTENS = '@KafkaListener(topics = "orders") void take(String m) { work(m); }'
REJECTS = "spring.rabbitmq.listener.simple.default-requeue-rejected: false"
LOST = f"{TOP}/Bean.java:2 RabbitMQ: a message that fails is queued again for ever (default-requeue-rejected)"


def test_an_exchange_counts_where_failed_messages_are_rejected() -> None:
    found = facts(dead_letters, service(TAKES + DLX, RABBIT, settings=REJECTS))
    assert found["without_dead_letter"] == []
    assert found["declared"] == [f"{TOP}/Bean.java:6 dead-letter exchange"]


@pytest.mark.parametrize("settings", ["", "spring.rabbitmq.listener.simple.retry.enabled: false", REJECTS.replace("false", "true")])  # fmt: skip
def test_false_green_an_exchange_that_nothing_is_rejected_to_sets_nothing_aside(
    settings: str,
) -> None:
    found = facts(dead_letters, service(TAKES + DLX, RABBIT, settings=settings))
    assert found["without_dead_letter"] == [LOST]


@pytest.mark.parametrize(
    "more",
    [
        "throw new AmqpRejectAndDontRequeueException(e);",
        "channel.basicNack(tag, false, false);",
        "factory.setDefaultRequeueRejected(false);",
    ],
)
def test_rejecting_in_code_counts(more: str) -> None:
    found = facts(dead_letters, service(f"{TAKES}{DLX} void f() {{ {more} }}", RABBIT))
    assert found["without_dead_letter"] == []


def test_without_an_exchange_the_broker_may_have_a_policy() -> None:
    repo = service(TAKES, RABBIT, settings=REJECTS)
    assert "without_dead_letter" not in facts(dead_letters, repo)
    assert "vacuous" in problems(evidence(dead_letters, repo))


def test_what_only_sends_needs_no_dead_letters() -> None:
    body = 'RabbitTemplate t; void f() { t.convertAndSend("orders", 1); }'
    found = facts(
        dead_letters, service(body, "import org.springframework.amqp.rabbit.core.RabbitTemplate;")
    )
    assert found["used"] == [f"{TOP}/Bean.java:2 RabbitMQ (org.springframework.amqp)"]
    assert found["without_dead_letter"] == []


def test_false_green_a_listener_of_kafka_skips_what_fails() -> None:
    found = facts(dead_letters, service(LISTENS, KAFKA))
    assert found["without_dead_letter"] == [
        f"{TOP}/Bean.java:2 Kafka is not seen to set aside what fails"
    ]
    assert found["declared"] == []


RECOVERER = "new DeadLetterPublishingRecoverer(template)"


def test_a_recoverer_in_an_error_handler_that_is_a_bean_counts() -> None:
    body = f"{LISTENS}\n@Bean DefaultErrorHandler h() {{ return new DefaultErrorHandler({RECOVERER}); }}"
    found = facts(dead_letters, service(body, KAFKA))
    assert found["without_dead_letter"] == []
    assert found["declared"] == [f"{TOP}/Bean.java:7 DeadLetterPublishingRecoverer"]


def test_false_green_a_recoverer_that_no_container_takes_sets_nothing_aside() -> None:
    body = f"{LISTENS}\nDeadLetterPublishingRecoverer r = {RECOVERER};"
    found = facts(dead_letters, service(body, KAFKA))
    assert found["without_dead_letter"] == [
        f"{TOP}/Bean.java:2 Kafka is not seen to set aside what fails"
    ]


@pytest.mark.parametrize(("more", "good"), [("", True), ("(dltStrategy = DltStrategy.NO_DLT)", False)])  # fmt: skip
def test_a_retryable_topic_has_a_dead_letter_topic_unless_told_otherwise(
    more: str, good: bool
) -> None:
    found = facts(dead_letters, service(f"@RetryableTopic{more} {LISTENS}", KAFKA))
    assert (found["without_dead_letter"] == []) is good


def test_what_is_set_aside_is_read_by_a_listener() -> None:
    body = f'@RetryableTopic {LISTENS}\n@KafkaListener(topics = "orders-dlt") void again(String m) {{ f(m); }}'
    found = facts(dead_letters, service(body, KAFKA))
    assert found["consumed"] == [f"{TOP}/Bean.java:7 @KafkaListener on Bean.again"]


def test_rocketmq_keeps_what_fails() -> None:
    imports = "import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;"
    body = '@RocketMQMessageListener(topic = "x", consumerGroup = "y") static class L { }'
    found = facts(dead_letters, service(body, imports))
    assert found["without_dead_letter"] == []
    assert len(found["declared"]) == 1  # type: ignore[arg-type]


def test_streams_are_told_by_settings() -> None:
    imports = "import org.springframework.cloud.stream.annotation.StreamListener;"
    settings = "spring.cloud.stream.rabbit.bindings.in.consumer.autoBindDlq: true"
    found = facts(dead_letters, service("@StreamListener(X) void f() { }", imports, settings=settings))  # fmt: skip
    assert found["without_dead_letter"] == []


def test_a_service_without_queues_has_empty_lists() -> None:
    assert set(map(str, facts(dead_letters, service()).values())) <= {"[]", "()"}
