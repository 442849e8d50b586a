"""The benchmark prints what was promised, for made-up instances and for files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fulfillment.bench.routing_files import read_instance
from fulfillment.cli.bench import command
from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.peers import RULES

INSTANCE = {
    "products": [
        {"sku": "TEA", "weight_g": 200},
        {"sku": "KIT", "weight_g": 600, "components": [{"sku": "TEA", "qty": 3}]},
    ],
    "warehouses": [{"code": "RENO"}, {"code": "OHIO", "capacity": 5}],
    "stock": [{"warehouse": "RENO", "sku": "TEA", "qty": 4}, {"warehouse": "OHIO", "sku": "TEA", "qty": 4}],
    "zones": [
        {"destination": "893", "warehouse": "RENO", "zone": "2"},
        {"destination": "893", "warehouse": "OHIO", "zone": "8"},
    ],
    "rates": [
        {"zone": "2", "up_to_g": 1000, "price_minor": 800},
        {"zone": "8", "up_to_g": 1000, "price_minor": 1100},
    ],
    "orders": [
        {"id": "A1", "destination": "893", "lines": [{"sku": "KIT", "qty": 1}]},
        {"id": "A2", "destination": "893", "is_ship_complete": True, "lines": [{"sku": "TEA", "qty": 2}]},
    ],
    "terms": {"split_minor": 100},
}

FOLDER = {
    "products.csv": "sku,weight_g\nTEA,200\nKIT,600\n",
    "components.csv": "kit,sku,qty\nKIT,TEA,3\n",
    "warehouses.csv": "code,capacity\nRENO,\nOHIO,5\n",
    "stock.csv": "warehouse,sku,qty\nRENO,TEA,4\nOHIO,TEA,4\n",
    "zones.csv": "destination,warehouse,zone\n893,RENO,2\n893,OHIO,8\n",
    "rates.csv": "zone,up_to_g,price_minor\n2,1000,800\n8,1000,1100\n",
    "orders.csv": "id,destination,is_ship_complete\nA1,893,\nA2,893,yes\n",
    "lines.csv": "order,sku,qty\nA1,KIT,1\nA2,TEA,2\n",
    "terms.csv": "split_minor\n100\n",
}


def json_file(folder: Path) -> Path:
    path = folder / "instance.json"
    path.write_text(json.dumps(INSTANCE))
    return path


def csv_folder(folder: Path) -> Path:
    for name, text in FOLDER.items():
        (folder / name).write_text(text)
    return folder


def test_the_promised_fields_are_printed_as_one_object() -> None:
    arguments = ["routing", "--orders", "120", "--warehouses", "3", "--skus", "40", "--json"]

    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    promised = {
        "gap",
        "bound",
        "cost",
        "seconds",
        "first_plan_seconds",
        "peak_mb",
        "split_share",
        "unfilled_share",
    }
    assert promised <= set(found)
    assert found["faults"] == []
    assert found["bound"] <= found["cost"]
    assert set(found["peers"]) == set(RULES)
    assert all(peer["cost_ratio"] >= 1 for peer in found["peers"].values())


def test_a_folder_of_csv_files_is_the_same_problem_as_the_json_file(tmp_path: Path) -> None:
    from_json = read_instance(json_file(tmp_path))
    from_csv = read_instance(csv_folder(tmp_path))

    assert from_json.order_ids == from_csv.order_ids == ("A1", "A2")
    assert from_json.item_qty.tolist() == from_csv.item_qty.tolist() == [3, 2]
    assert from_json.is_ship_complete.tolist() == from_csv.is_ship_complete.tolist() == [False, True]
    assert from_json.split_minor == from_csv.split_minor == 100


def test_an_instance_from_a_file_is_planned(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["routing", "--instance", str(json_file(tmp_path)), "--json"])

    # The kit takes three of Reno's four packets, so the second order leaves from Ohio.
    assert json.loads(result.output)["cost"] == 800 + 1_100
    assert json.loads(result.output)["gap"] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "it is not a JSON file"),
        ("[]", "one JSON object is wanted"),
        ('{"orders": [{"id": "A1"}]}', "'destination' is missing"),
        ('{"stock": [{"warehouse": "R", "sku": "S", "qty": 1, "shelf": 2}]}', "'shelf' is not a field"),
        (json.dumps(INSTANCE).replace('"qty": 4', '"qty": NaN', 1), "Stock row 1 .*nan"),
    ],
)
def test_a_faulty_file_gets_a_sentence(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content)

    with pytest.raises(InvalidInputError, match=words):
        read_instance(path)


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no such file or folder"):
        read_instance(tmp_path / "nowhere")


def test_two_plots_are_drawn_from_earlier_results(tmp_path: Path) -> None:
    arguments = ["routing", "--orders", "120", "--warehouses", "3", "--skus", "40", "--json", "--no-peers"]
    (tmp_path / "result.json").write_text(CliRunner().invoke(command, arguments).output)

    result = CliRunner().invoke(
        command, ["routing-plot", str(tmp_path / "result.json"), "--out", str(tmp_path)]
    )

    assert result.exit_code == 0, result.output
    for name in ("routing-gap.svg", "routing-cpu.svg"):
        drawn = (tmp_path / name).read_text()
        assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
        assert "<polyline" in drawn
