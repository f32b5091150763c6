"""A small partner of Atlas: it sends one candidate in and hears that the test was booked.

What it plays:
    1. it starts its receiver for booking notifications (PUT /notifications);
    2. it gets a token and creates an eligibility, as a partner's system does;
    3. it asks the sandbox to schedule the test, which in real life the candidate does;
    4. it waits for the notification, checks its signature, and reads the eligibility once more.

Exit code 0 when all of that went well, 1 when not. Standard library only; Python 3.9 or later.
All settings come from environment variables, see `Settings`.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import secrets
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOTIFICATION_PATH = "/notifications"
MAX_BODY = 2 * 1024 * 1024  # bytes
TIMESTAMP_TOLERANCE = 300  # seconds, both ways
CALL_TIMEOUT = 10  # seconds
NOTIFICATION_TIMEOUT = 30  # seconds


class Failure(Exception):
    """Something in the story went wrong; the message says what."""


class InvalidWebhook(Exception):
    """The notification must not be trusted; the answer is 401."""


class Settings:
    """The environment variables, read once."""

    def __init__(self, env):
        required = (
            "ATLAS_URL",
            "CONSUMER_KEY",
            "CONSUMER_SECRET",
            "ATLAS_USERNAME",
            "ATLAS_PASSWORD",
            "ACCOUNT_CODE",
            "SIGNING_SECRET",
        )
        missing = [name for name in required if not env.get(name)]
        if missing:
            raise Failure("please set " + ", ".join(missing))
        self.atlas_url = env["ATLAS_URL"].rstrip("/")
        self.consumer_key = env["CONSUMER_KEY"]
        self.consumer_secret = env["CONSUMER_SECRET"]
        self.username = env["ATLAS_USERNAME"]
        self.password = env["ATLAS_PASSWORD"]
        self.account_code = env["ACCOUNT_CODE"]
        self.signing_key = decode_secret(env["SIGNING_SECRET"])
        # A sandbox without an admin token answers its own machine only, and needs none.
        self.admin_token = env.get("ADMIN_TOKEN", "")
        # Where Atlas reaches this partner. Unset: the subscription stays as it is.
        self.notification_url = env.get("NOTIFICATION_URL", "")
        # A single-portion test of the account.
        self.test_code = env.get("TEST_CODE", "EXAM1")
        host, _, port = env.get("PARTNER_LISTEN", "0.0.0.0:9090").rpartition(":")
        if not port.isdigit():
            raise Failure("PARTNER_LISTEN must look like 0.0.0.0:9090")
        self.listen = (host, int(port))


# --- Receiving: Atlas calls us ---------------------------------------------------------------------


def decode_secret(secret):
    """The key is the secret, with or without `whsec_`, decoded."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise Failure("SIGNING_SECRET is not whsec_ and base64")
    return key


def verify(key, webhook_id, timestamp, signatures, body):
    """Raises InvalidWebhook unless `body`, the raw bytes as received, was signed with `key` just now."""
    if not (webhook_id and timestamp and signatures):
        raise InvalidWebhook("header missing")
    if not re.fullmatch("[0-9]{1,12}", timestamp):
        raise InvalidWebhook("timestamp is not a number")
    age = int(time.time()) - int(timestamp)
    if abs(age) > TIMESTAMP_TOLERANCE:
        raise InvalidWebhook("timestamp is too old" if age > 0 else "timestamp is in the future")

    signed = f"{webhook_id}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    # While a secret is rotated there are several signatures; one that matches is enough.
    if not any(hmac.compare_digest(expected, one.encode()) for one in signatures.split(" ")):
        raise InvalidWebhook("no signature matches")


class Inbox:
    """What was received, each webhook-id once.

    In production this is a table with webhook-id as its unique key, written before the 200 goes out.
    Notifications may come out of order there: per eligibility, the latest `effective_date` wins.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._by_webhook_id = {}

    def add(self, webhook_id, notification):
        """False when this webhook-id was here before."""
        with self._changed:
            if webhook_id in self._by_webhook_id:
                return False
            self._by_webhook_id[webhook_id] = notification
            self._changed.notify_all()
            return True

    def wait_for(self, matches, timeout):
        """The first notification that matches, or None when none came in time."""

        def find():
            return next(filter(matches, self._by_webhook_id.values()), None)

        with self._changed:
            return self._changed.wait_for(find, timeout)


class Receiver(ThreadingHTTPServer):
    """The HTTP server that Atlas sends its notifications to."""

    daemon_threads = False  # closing waits for the answers under way

    def __init__(self, listen, signing_key, inbox):
        super().__init__(listen, NotificationHandler)
        self.signing_key = signing_key
        self.inbox = inbox


class NotificationHandler(BaseHTTPRequestHandler):
    """Answers 200 only for a notification that is genuine and kept; Atlas takes all else as a failure."""

    timeout = CALL_TIMEOUT  # a silent peer does not hold its thread for ever

    def do_PUT(self):
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,12}", length):
            return self.reject(411, "Content-Length is missing")
        if int(length) > MAX_BODY:
            return self.reject(413, "body is too large")
        # The signature covers these bytes: verify first, parse afterwards.
        body = self.rfile.read(int(length))
        if urllib.parse.urlsplit(self.path).path != NOTIFICATION_PATH:
            return self.reject(404, "no such path")

        webhook_id = self.headers.get("webhook-id")
        try:
            verify(
                self.server.signing_key,
                webhook_id,
                self.headers.get("webhook-timestamp"),
                self.headers.get("webhook-signature"),
                body,
            )
        except InvalidWebhook as reason:
            return self.reject(401, str(reason))

        if self.headers.get_content_type() != "application/json":
            return self.reject(400, "Content-Type is not application/json")
        try:
            notification = json.loads(body)
            booking_code = notification["booking_code"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return self.reject(400, "not a JSON object with a booking_code")

        if self.server.inbox.add(webhook_id, notification):
            say(f"received {notification.get('change_reason')} for booking {booking_code}, signature valid")
        else:
            say(f"received {webhook_id} again, and kept the first")
        return self.answer(200, {"booking_code": booking_code})

    def reject(self, status, reason):
        say(f"refused a notification: {status}, {reason}")
        self.answer(status, {"error": reason})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet: `say` tells the story."""


# --- Calling: we call Atlas ------------------------------------------------------------------------


def call(method, url, authorization=None, document=None, form=None):
    """One HTTP call; the decoded JSON answer, or None when it has no body."""
    headers = {"Accept": "application/json"}
    data = None
    if authorization:
        headers["Authorization"] = authorization
    if document is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(document).encode()
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        data = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=CALL_TIMEOUT) as response:
            body = response.read()
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        raise Failure(f"{method} {url} answered {error.code}: {text}") from None
    except (OSError, http.client.HTTPException) as error:
        raise Failure(f"{method} {url} failed: {error}") from None
    return json.loads(body) if body else None


class Atlas:
    """The vendor's API, as a partner's system uses it."""

    def __init__(self, settings):
        self._settings = settings
        self._token = None
        self._token_ends = 0.0

    def create_eligibility(self, eligibility):
        return self._call("POST", "eligibilityService", "candidates", document=eligibility)

    def eligibilities(self, candidate_id, test_code):
        candidate_id, test_code = quote(candidate_id), quote(test_code)
        return self._call("GET", "eligibilityService", f"candidates/{candidate_id}/tests/{test_code}")

    def _call(self, method, service, path, document=None):
        base = f"{self._settings.atlas_url}/{service}/1.0.0"
        url = f"{base}/accounts/{quote(self._settings.account_code)}/{path}"
        return call(method, url, f"Bearer {self._bearer()}", document)

    def _bearer(self):
        """One token serves until shortly before it ends; a token per call is a waste."""
        if self._token is None or time.monotonic() >= self._token_ends:
            settings = self._settings
            pair = f"{settings.consumer_key}:{settings.consumer_secret}".encode()
            form = {"grant_type": "password", "username": settings.username, "password": settings.password}
            basic = "Basic " + base64.b64encode(pair).decode()
            answer = call("POST", f"{settings.atlas_url}/token", basic, form=form)
            self._token = answer["access_token"]
            self._token_ends = time.monotonic() + int(answer["expires_in"]) - 30
            say(f"got a token, good for {answer['expires_in']} s")
        return self._token


class Sandbox:
    """The control API of the sandbox. Real Atlas has no such thing: keep it in your tests."""

    def __init__(self, settings):
        self._base = f"{settings.atlas_url}/_sandbox/accounts/{quote(settings.account_code)}"
        self._authorization = f"Bearer {settings.admin_token}" if settings.admin_token else None

    def subscribe(self, url):
        target = f"{self._base}/subscriptions/booking_notification"
        return call("PUT", target, self._authorization, {"url": url})

    def schedule(self, psi_eligibility_id):
        """Does what the candidate does: picks a free place and time."""
        target = f"{self._base}/eligibilities/{quote(psi_eligibility_id)}/schedule"
        return call("POST", target, self._authorization, {})


def quote(segment):
    return urllib.parse.quote(segment, safe="")


# --- The story -------------------------------------------------------------------------------------


def say(text):
    # One write a line: two threads say something.
    sys.stdout.write(f"partner: {text}\n")
    sys.stdout.flush()


def play(settings, inbox):
    atlas, sandbox = Atlas(settings), Sandbox(settings)

    if settings.notification_url:
        sandbox.subscribe(settings.notification_url)
        say(f"asked for booking notifications at {settings.notification_url}")

    run = secrets.token_hex(4)  # so that a second run meets no open eligibility of the first
    candidate_id, client_eligibility_id = f"CAND-{run}", f"ELIG-{run}"
    eligibility = {
        "candidate": {"candidate_id": candidate_id, "first_name": "Ada", "last_name": "Example"},
        "client_eligibility_id": client_eligibility_id,
        "test_code": settings.test_code,
    }

    created = atlas.create_eligibility(eligibility)
    psi_eligibility_id = created["psi_eligiblity_id"]  # the vendor's spelling
    say(f"created eligibility {psi_eligibility_id} for {candidate_id}, test {settings.test_code}: {created['status']}")

    booking_code = sandbox.schedule(psi_eligibility_id)["booking_code"]
    say(f"the candidate booked the test: {booking_code}")

    notification = inbox.wait_for(lambda one: one["booking_code"] == booking_code, NOTIFICATION_TIMEOUT)
    if notification is None:
        raise Failure(f"no notification for {booking_code} within {NOTIFICATION_TIMEOUT} s")
    expect("change_reason", notification.get("change_reason"), "BOOKING_CREATED")
    expect("candidate_id", notification.get("candidate_id"), candidate_id)
    expect("client_eligibility_id", notification.get("client_eligibility_id"), client_eligibility_id)
    where = notification.get("location_name") or notification.get("delivery_mode")
    say(f"notified: {candidate_id} sits {notification.get('exam_code')} on {notification.get('booking_on')}, {where}")

    status = atlas.eligibilities(candidate_id, settings.test_code)[0]["status"]
    expect("status", status, "CSS1")
    say("the eligibility is now CSS1, scheduled. All done.")


def expect(name, actual, expected):
    if actual != expected:
        raise Failure(f"{name} is {actual!r}, expected {expected!r}")


def main():
    try:
        settings = Settings(os.environ)
        inbox = Inbox()
        with Receiver(settings.listen, settings.signing_key, inbox) as receiver:
            threading.Thread(target=receiver.serve_forever, daemon=True).start()
            say("listening on {}:{}".format(*receiver.server_address[:2]))
            try:
                play(settings, inbox)
            finally:
                receiver.shutdown()
    except Failure as reason:
        say(f"FAILED: {reason}")
        return 1
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        say(f"FAILED: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
