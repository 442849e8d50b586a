"""The benchmark prints what was promised, for made-up instances and for files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from fulfillment.bench.routing import BenchOptions, run_routing_bench
from fulfillment.bench.routing_files import read_instance
from fulfillment.bench.routing_instances import make_instance
from fulfillment.cli.bench import command
from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.peers import RULES

STRONG = ("nearest_complete", "cheapest_at_arrival")

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
        "first_plan_cost",
        "peak_mb",
        "split_share",
        "unfilled_share",
    }
    assert promised <= set(found)
    assert found["faults"] == []
    assert 0 < found["acceptance_ms"]["p50"] <= found["acceptance_ms"]["p99"]
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


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("stock.csv", "RENO,TEA,4", "RENO,TEA,-4", r"Stock row 1 \(warehouse RENO, SKU TEA\).*is -4. Give"),
        ("stock.csv", "RENO,TEA,4", "RENO,TEA,nan", "Stock row 1 .*nan, not a whole number. Give"),
        ("stock.csv", "RENO,TEA,4", "RENO,TEA,inf", "Stock row 1 .*inf, not a whole number. Give"),
        ("rates.csv", "2,1000,800", "2,1000,nan", "Rate row 1: the price is nan"),
        ("zones.csv", "893,RENO,2", "893,RENO,7", r"Zone row 1 \(RENO to 893\): zone '7' has no rate"),
        ("products.csv", "TEA,200", "TEA,0", "Product TEA: the weight is 0. Give"),
        ("components.csv", "KIT,TEA,3", "KIT,KIT,3", "Product KIT: the kit contains itself"),
        ("orders.csv", "A2,893", "A1,893", "Order A1: it is given twice"),
        ("lines.csv", "A1,KIT,1", "A1,SOAP,1", "Order A1, line 1: SKU 'SOAP' is not known"),
        ("lines.csv", "A1,KIT,1", "A1,KIT,-1", "Order A1, line 1: the quantity is -1"),
    ],
)
def test_a_faulty_row_of_a_folder_is_named_with_what_to_do(
    tmp_path: Path, file: str, old: str, new: str, words: str
) -> None:
    folder = csv_folder(tmp_path)
    text = (folder / file).read_text()
    (folder / file).write_text(text.replace(old, new, 1))

    with pytest.raises(InvalidInputError, match=words):
        read_instance(folder)


def test_an_infinite_number_in_a_json_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(INSTANCE).replace('"price_minor": 800', '"price_minor": Infinity', 1))

    with pytest.raises(InvalidInputError, match="Rate row 1: the price is inf, not a whole number"):
        read_instance(path)


def test_the_first_plan_is_dearer_than_no_more_than_the_strong_rules() -> None:
    problem = make_instance(orders=1_000, warehouses=5, skus=300, seed=1)
    found = run_routing_bench(problem, BenchOptions(time_limit_s=5.0, workers=1))
    first, cost, peers = found["first_plan_cost"], found["cost"], found["peers"]
    assert isinstance(first, int)
    assert isinstance(cost, int)
    assert isinstance(peers, dict)

    ratios = {rule: peer["cost_ratio"] for rule, peer in peers.items()}

    assert all(ratio >= first / cost for rule, ratio in ratios.items() if rule not in STRONG)
    assert found["beats_every_rule_after_seconds"] is not None


def test_a_missing_file_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="there is no such file or folder"):
        read_instance(tmp_path / "nowhere")


def test_three_plots_are_drawn_from_earlier_results(tmp_path: Path) -> None:
    arguments = ["routing", "--orders", "120", "--warehouses", "3", "--skus", "40", "--json", "--no-peers"]
    (tmp_path / "result.json").write_text(CliRunner().invoke(command, arguments).output)

    result = CliRunner().invoke(
        command, ["routing-plot", str(tmp_path / "result.json"), "--out", str(tmp_path)]
    )

    assert result.exit_code == 0, result.output
    for name in ("routing-gap.svg", "routing-pace.svg", "routing-cost.svg"):
        drawn = (tmp_path / name).read_text()
        assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
        assert "<polyline" in drawn
