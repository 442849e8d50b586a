"""Label and manifest files over HTTP, and the traps that a label's address can be."""

import json
from collections.abc import Iterator

from flask import Blueprint, Response

from fulfillment.sandbox.courier import Courier, carrier_of
from fulfillment.sandbox.files import MEDIA_TYPES, render_label, render_manifest
from fulfillment.sandbox.http import answer
from fulfillment.sandbox.purchases import find_purchase

METADATA_SERVICE = "http://169.254.169.254/latest/meta-data/"
ENDLESS_CHUNKS = 4096


def make_files(courier: Courier) -> Blueprint:
    """The files of what was sold."""
    files = Blueprint("files", __name__)

    @files.get("/label-files/<transaction_id>.<extension>")
    def read_label(transaction_id: str, extension: str) -> Response:
        trap = _trap(courier)
        if trap is not None:
            return trap
        purchase = find_purchase(courier, transaction_id)
        if purchase is None or extension not in MEDIA_TYPES:
            return answer({"detail": "Not found."}, 404)
        rows = courier.storage.read("SELECT body FROM shipment WHERE id = ?", purchase["shipment"])
        content = render_label(purchase, json.loads(rows[0]["body"]), extension=extension)
        return Response(content, mimetype=MEDIA_TYPES[extension])

    @files.get("/manifest-files/<manifest_id>.pdf")
    def read_manifest(manifest_id: str) -> Response:
        rows = courier.storage.read("SELECT body FROM manifest WHERE id = ?", manifest_id)
        if not rows:
            return answer({"detail": "Not found."}, 404)
        manifest = json.loads(rows[0]["body"])
        carrier = carrier_of(manifest["carrier_account"]) or ""
        return Response(render_manifest(manifest, carrier=carrier), mimetype="application/pdf")

    return files


def _trap(courier: Courier) -> Response | None:
    """What a label's address leads to when it does not lead to a label."""
    if courier.faults.strike("label_missing"):
        return answer({"detail": "Not found."}, 404)
    if courier.faults.strike("label_redirect"):
        return Response(status=302, headers={"Location": METADATA_SERVICE})
    if courier.faults.strike("label_html"):
        return Response("<!doctype html><h1>Sign in</h1>", mimetype="text/html")
    if courier.faults.strike("label_huge"):
        return Response(_endless(), mimetype="application/pdf")
    return None


def _endless() -> Iterator[bytes]:
    yield b"%PDF-1.7\n"
    for _ in range(ENDLESS_CHUNKS):
        yield b"0" * 65_536
