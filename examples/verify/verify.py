"""Verifies a Standard Webhooks signature, with the standard library only.

    python3 verify.py SECRET ID TIMESTAMP SIGNATURE [NOW] < body
"""

import base64
import hashlib
import hmac
import re
import sys
import time

TOLERANCE = 300  # seconds, both ways


class InvalidWebhook(Exception):
    """Do not trust this request; answer 401."""


def verify(secret, webhook_id, timestamp, signatures, body, now=None):
    """Raises InvalidWebhook unless `body`, the raw bytes as received, carries a signature made with `secret`.

    The three strings are the headers webhook-id, webhook-timestamp and webhook-signature.
    """
    key = decode_secret(secret)
    if not (webhook_id and timestamp and signatures):
        raise InvalidWebhook("header missing")
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        raise InvalidWebhook("timestamp is not a number")
    age = (int(time.time()) if now is None else now) - int(timestamp)
    if abs(age) > TOLERANCE:
        raise InvalidWebhook("timestamp is too old" if age > 0 else "timestamp is in the future")

    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    # While a secret is rotated there are several signatures; one that matches is enough.
    if not any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" ")):
        raise InvalidWebhook("no signature matches")


def decode_secret(secret):
    """The key is the secret, with or without `whsec_`, decoded. A ValueError here is a mistake in your settings."""
    try:
        if key := base64.b64decode(secret.removeprefix("whsec_"), validate=True):
            return key
    except ValueError:
        pass
    raise ValueError("secret is not whsec_ and base64")


def main():
    if len(sys.argv) not in (5, 6):
        print("usage: verify.py SECRET ID TIMESTAMP SIGNATURE [NOW] < body", file=sys.stderr)
        return 2
    now = int(sys.argv[5]) if len(sys.argv) == 6 else None
    try:
        verify(*sys.argv[1:5], sys.stdin.buffer.read(), now)
    except (InvalidWebhook, ValueError) as reason:
        print(f"invalid: {reason}")
        return 1
    print("valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
