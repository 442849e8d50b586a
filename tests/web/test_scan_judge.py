"""The device judges as the server does: the same cases through both, one by one."""

import json
import subprocess
import uuid
from pathlib import Path
from random import Random
from typing import Any

from fulfillment.local.assets import find_node
from fulfillment.warehouse.gs1 import read_element_string
from fulfillment.warehouse.scanning import (
    Outcome,
    Scanned,
    ScannedBin,
    ScannedTote,
    ScannedUnits,
    UnknownCode,
    WantedPick,
    judge_scan,
)
from fulfillment.web.assets import STATIC

GTINS = {"SOAP": "09506000134352", "OIL": "00614141007349"}
SERIAL = {"OIL"}
CODES = [
    "A-1", "CHI-A-1", "A-2", "CHI-A-2", "TOTE-1", "SOAP", "OIL", "CASE-6", "9506000134352", "L1", "NONE",
    "0109506000134352", "010950600013435210L1", "010950600013435210L2\x1d21S-1", "010061414100734921S-9",
    "(01)09506000134352(10)L1", "]C1010950600013435210L1", "010950600013435217301231", "0109506000134353",
    "01095060001343523003",
]  # fmt: skip
CASES = 400

RUN = """
import {{ judge, taskAtHand }} from "{judge}";
let text = "";
for await (const chunk of process.stdin) text += chunk;
const say = (name, values) => JSON.stringify([name, values]);
const said = JSON.parse(text).map(({{ pack, code, qty }}) => {{
  const found = judge(pack, taskAtHand(pack), code, qty, say);
  return [found.outcome, found.units, found.isAccepted];
}});
console.log(JSON.stringify(said));
"""


def make_case(chance: Random) -> dict[str, Any]:
    """A task, what the device knows, and a scan."""
    qty = chance.randint(1, 8)
    task = {
        "id": "t1",
        "sequence": 1,
        "part": "p1",
        "bin": "A-1",
        "bin_barcode": "CHI-A-1",
        "sku": chance.choice(["SOAP", "OIL"]),
        "lot": chance.choice(["", "L1"]),
        "qty": qty,
        "picked": chance.randint(0, qty - 1),
        "is_located": chance.random() < 0.7,
        "lots_in_bin": chance.choice([1, 1, 2]),
        "tote": None,
        "state": "open",
    }
    pack = {
        "tasks": [task],
        "picks": [],
        "returned_to": None,
        "finished": [],
        "articles": {sku: {"name": sku, "home": None, "is_serial": sku in SERIAL} for sku in GTINS},
        "codes": {"CASE-6": ["SOAP", 6]},
        "gtins": {gtin.lstrip("0"): sku for sku, gtin in GTINS.items()},
        "bins": {"CHI-A-1": "A-1", "CHI-A-2": "A-2"},
    }
    return {"pack": pack, "code": chance.choice(CODES), "qty": chance.choice([1, 1, 1, 2])}


def read(code: str, task: dict[str, Any]) -> Scanned:
    """What the code means, as `flows.read_code` finds it in the books."""
    if code in {"A-1", "CHI-A-1", "A-2", "CHI-A-2"}:
        return ScannedBin(code, code[-3:], f"CHI-{code[-3:]}")
    if task["lot"] and code == task["lot"]:
        return ScannedUnits(
            code, task["sku"], task["sku"], lot=task["lot"], is_serial_tracked=task["sku"] in SERIAL
        )
    if code.startswith("TOTE-"):
        return ScannedTote(code)
    if code == "CASE-6":
        return ScannedUnits(code, "SOAP", "SOAP", units=6)
    reading = read_element_string(code)
    number = reading.gtin if reading else code.zfill(14)
    sku = next((sku for sku, gtin in GTINS.items() if code == sku or number == gtin), None)
    if sku is None:
        return UnknownCode(code)
    units, lot, serial = (reading.units or 1, reading.lot, reading.serial) if reading else (1, None, None)
    return ScannedUnits(code, sku, sku, units, lot, serial, is_serial_tracked=sku in SERIAL)


def judge(case: dict[str, Any]) -> list[object]:
    """The server's verdict."""
    task = case["pack"]["tasks"][0]
    wanted = WantedPick(
        task_id=uuid.UUID(int=1),
        sku=task["sku"],
        lot=task["lot"],
        bin_code=task["bin"],
        bin_barcode=task["bin_barcode"],
        qty=task["qty"],
        qty_picked=task["picked"],
        is_located=task["is_located"],
        lots_in_bin=task["lots_in_bin"],
    )
    verdict = judge_scan(wanted, read(case["code"], task), qty=case["qty"])
    return [verdict.outcome.value, verdict.units, verdict.is_accepted]


def test_the_device_and_the_server_judge_alike(tmp_path: Path) -> None:
    chance = Random(20261122)
    cases = [make_case(chance) for _ in range(CASES)]
    script = tmp_path / "judge.mjs"
    script.write_text(RUN.format(judge=(STATIC / "scan" / "judge.js").as_uri()))

    answer = subprocess.run(
        [find_node(), script], input=json.dumps(cases), capture_output=True, text=True, check=True
    )

    judged = json.loads(answer.stdout)
    expected = [judge(case) for case in cases]
    differing = [
        (case["code"], mine, theirs)
        for case, mine, theirs in zip(cases, judged, expected, strict=True)
        if mine != theirs
    ]
    assert differing == []
    assert {outcome for outcome, *_ in expected} >= {
        Outcome.BIN_CONFIRMED, Outcome.WRONG_BIN, Outcome.PICKED, Outcome.TASK_DONE, Outcome.WRONG_ITEM,
        Outcome.WRONG_LOT, Outcome.LOT_NEEDED, Outcome.SERIAL_NEEDED, Outcome.TOO_MANY, Outcome.BIN_FIRST,
        Outcome.UNKNOWN_CODE, Outcome.TOTE_ASSIGNED,
    }  # fmt: skip
