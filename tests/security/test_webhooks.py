"""Signed webhooks are what the Standard Webhooks specification says, by its own vector and its own library."""

from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gateway.security import new_webhook_secret, sign


def test_the_published_vector_is_reproduced() -> None:
    """The specification's example signature comes out byte for byte."""
    headers = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_reference_library_accepts_ours_and_refuses_every_alteration() -> None:
    """A receiver with the PyPI package verifies the event; body, id, second and secret are all covered."""
    secret, body = new_webhook_secret(), '{"status":"70","name":"㛃𠮷"}'.encode()
    headers = sign(secret, "evt_1", datetime.now(UTC), body)
    assert Webhook(secret).verify(body, headers) == {"status": "70", "name": "㛃𠮷"}
    second = str(int(headers["webhook-timestamp"]) + 1)
    for altered, altered_body, with_secret in (
        (headers, body.replace(b"70", b"71"), secret),
        (headers | {"webhook-id": "evt_2"}, body, secret),
        (headers | {"webhook-timestamp": second}, body, secret),
        (headers, body, new_webhook_secret()),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(with_secret).verify(altered_body, altered)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_密"])
def test_a_malformed_secret_signs_nothing(secret: str) -> None:
    """A secret that is not ours is an error, not an empty key."""
    with pytest.raises(ValueError):
        sign(secret, "evt_1", datetime.now(UTC), b"{}")


@pytest.mark.parametrize("message_id", ["", "a.b", "事"])
def test_an_id_that_could_move_the_signed_parts_is_refused(message_id: str) -> None:
    """The dot separates the signed parts, so an id holds none."""
    with pytest.raises(ValueError):
        sign(new_webhook_secret(), message_id, datetime.now(UTC), b"{}")


def test_a_moment_without_zone_is_refused() -> None:
    """A naive time would be signed in the machine's zone."""
    with pytest.raises(ValueError):
        sign(new_webhook_secret(), "evt_1", datetime(2026, 1, 1), b"{}")  # noqa: DTZ001 - the naive moment is the point
