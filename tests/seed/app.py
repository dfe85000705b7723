"""An application that logs what applications log: the seed story, for tests/seed_story.rs.

Every secret arrives with a request; none stands in this file. INKOUT_NAIVE=1 adds the in-process filter
that people write; docs/in-process-filter.md says what it misses.
"""

import logging
import os
import threading
import traceback

from flask import Flask, jsonify, request

app = Flask(__name__)
app.logger.setLevel(logging.INFO)
billing = logging.getLogger("app.billing")  # a child of app.logger, as any module's logger is


class RedactingFilter(logging.Filter):
    """The advice found on the web, word for word."""

    def filter(self, record):
        if hasattr(record, "msg"):
            record.msg = str(record.msg).replace(request.headers.get("X-API-Key", ""), "[REDACTED]")
        return True


if os.environ.get("INKOUT_NAIVE"):
    app.logger.addFilter(RedactingFilter())


@app.get("/header")
def header():
    app.logger.info(f"request with X-API-Key: {request.headers.get('X-API-Key')}")
    return "ok"


@app.get("/args")
def args():
    app.logger.info("client sent api_key=%s, granted", request.headers.get("X-API-Key"))
    return "ok"


@app.get("/query")
def query():
    app.logger.info("fetching %s", request.url)
    return "ok"


@app.get("/key/<api_key>/profile")
def route(api_key):
    app.logger.info("profile of %s", request.path)
    return "ok"


@app.get("/denied")
def denied():
    app.logger.warning("Unauthorized access attempt")
    key = request.headers.get("X-API-Key")
    app.logger.error(f"Invalid key used, api_key={key!r}")
    return jsonify({"error": "Unauthorized", "api_key": key}), 401


def charge(email, token):
    raise ValueError(f"no account for {email}: upstream refused token={token}")


@app.post("/charge")
def charge_route():
    email, access_token = request.form["email"], request.form["token"]
    try:
        charge(email, access_token)
    except ValueError as error:
        app.logger.error(traceback.format_exc())
        app.logger.error("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
        app.logger.exception("charge failed")
    return "ok"


@app.get("/crash")
def crash():
    raise RuntimeError(f"cannot use api_key={request.headers['X-API-Key']}")


@app.get("/child")
def child():
    billing.warning("billing with X-API-Key: %s" % request.headers["X-API-Key"])
    print({"api_key": request.headers["X-API-Key"]}, flush=True)
    return "ok"


@app.get("/dump")
def dump():
    app.logger.info("Cookie: %s", request.headers.get("Cookie"))
    app.logger.info("headers: %s", dict(request.headers))
    app.logger.info("environ: %s", request.environ)
    return "ok"


@app.get("/plain")
def plain():
    app.logger.info("nothing to hide")
    return "ok"


@app.get("/thread")
def thread():
    def work():
        try:
            app.logger.info("job done")
        except RuntimeError as error:
            print("job failed:", str(error).splitlines()[0], flush=True)

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return "ok"
