"""The whole way of a parcel by one command, on files small enough for every run."""

import json
import os
import subprocess
import sys
from pathlib import Path

WAREHOUSES = """code,name,street1,city,state,zip,country,latitude,longitude,time_zone
EAST,East,1 Dock Rd,Carlisle,PA,17013,US,40.24,-77.20,America/New_York
WEST,West,2 Dock Rd,Ontario,CA,91761,US,34.03,-117.60,America/Los_Angeles
"""
PRODUCTS = """sku,name,weight_g,length_mm,width_mm,height_mm,price,currency
TEA,Green tea,250,120,80,80,18.00,USD
OIL,Rose oil,120,60,60,140,42.50,USD
BAR,Protein bar,70,150,40,30,3.20,USD
"""
HEADER = (
    "order_ref,line_no,sku,qty,unit_price,currency,name,street1,city,state,zip,country,paid,on_shortage,"
    "ordered_at\n"
)
PLACES = ["New York,NY,10001", "Boston,MA,02108", "Los Angeles,CA,90012", "Seattle,WA,98101"]


DAYS = ["2017-11-23 10:00:00", "2017-11-24 10:00:00"]
ZONES = "origin_zip,dest_zip,zone\n170,100,2\n170,021,3\n917,900,1\n981,917,5\n"


def write_orders(path: Path) -> None:
    rows = [HEADER]
    for number in range(12):
        place, day = PLACES[number % 4], DAYS[number % 2]
        rows.append(f"R-{number},1,TEA,2,18.00,USD,Ann Lee,5 Elm St,{place},US,45.60,split,{day}\n")
        rows.append(f"R-{number},2,BAR,3,3.20,USD,Ann Lee,5 Elm St,{place},US,45.60,split,{day}\n")
    rows.append(f"R-12,1,OIL,1,42.50,USD,Ann Lee,5 Elm St,New York,NY,10001,US,,split,{DAYS[0]}\n")
    rows.append(f"R-13,1,SOAP,1,5.00,USD,Ann Lee,5 Elm St,New York,NY,10001,US,5.00,split,{DAYS[1]}\n")
    path.write_text("".join(rows))


def test_an_order_file_goes_the_whole_way_and_the_books_hold(tmp_path: Path) -> None:
    (tmp_path / "warehouses.csv").write_text(WAREHOUSES)
    (tmp_path / "products.csv").write_text(PRODUCTS)
    write_orders(tmp_path / "orders.csv")
    (tmp_path / "zones.csv").write_text(ZONES)
    files = [f"--{name}={tmp_path / name}.csv" for name in ("orders", "products", "warehouses", "zones")]
    options = ["--stock-share=1", "--return-share=0.2", "--workers=1", "--days-at-once=1", "--json"]

    done = subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", "simulate", *files, *options],
        env={**os.environ, "FULFILLMENT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3_000:]
    summary = json.loads(done.stdout)
    assert summary["orders"] == {"total": 14, "accepted": 12, "held": 1, "rejected": 1, "ignored": 0}
    assert summary["rows"]["total"] == 26
    assert summary["audit"] == {"violations": 0}
    assert summary["jobs"]["dead"] == 0
    assert summary["labels"]["duplicates_live"] == 0
    assert (
        summary["labels"]["bought"] == summary["parcels"] == summary["shipped"] == summary["delivered"] >= 12
    )
    assert summary["refunds"]["proposed"] == summary["refunds"]["paid"] == summary["returns"] > 0
    assert summary["problems"] == []
    routing = summary["routing"]
    assert [plan["name"] for plan in routing["plans"]] == ["2017-11-23", "2017-11-24"]
    assert routing["parcels"] == sum(plan["parcels"] for plan in routing["plans"]) == summary["parcels"]
    assert routing["unfilled_share"] == 0.0
    assert routing["gap"] <= 0.001
    assert min(routing["peers"].values()) >= 1.0
    assert {"medusa", "odoo", "nearest_complete", "cheapest_at_arrival"} < routing["peers"].keys()
