"""`fulfillment seed`, twice, beside a home whose people are to sign in."""

import os
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.local.home import Home, Secrets

PASSWORDS = {
    role: f"made up for the {role} test 7"
    for role in ("warehouse", "distributor", "service", "supervisor", "admin")
}


def test_the_company_and_its_people_stand_after_the_first_run(
    database_url: str, engine: Engine, tmp_path: Path
) -> None:
    Home(tmp_path).keep_secrets(Secrets("k" * 40, "t", "w", "s", "p", 1, 2, PASSWORDS))
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_HOME": str(tmp_path),
    }

    runs = [
        subprocess.run(
            [sys.executable, "-m", "fulfillment.cli.main", "seed"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]

    assert runs == ["The made-up company stands.\n", "The made-up company was there already.\n"]
    with engine.connect() as connection:
        people = connection.execute(
            sa.text("SELECT role, member_number IS NOT NULL, warehouse_code FROM user_account ORDER BY role")
        ).all()
    assert [tuple(person) for person in people] == [
        ("admin", False, None),
        ("distributor", True, None),
        ("service", False, None),
        ("supervisor", False, None),
        ("warehouse", False, "US-CMH"),
    ]
