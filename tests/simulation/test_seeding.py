from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.core.policy import CompanyPolicy
from fulfillment.simulation.company import make_company
from fulfillment.simulation.foundation import find_founding_day
from fulfillment.simulation.seeding import find_busiest_distributor, make_steps, seed_company
from fulfillment.store.session import InTransaction

COUNTED = (
    "product", "member", "warehouse", "location", "customer_order", "movement", "rate_card", "carton", "lot",
)  # fmt: skip


def count_all(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table: connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608
            for table in COUNTED
        }


def test_the_company_stands_and_a_second_run_changes_nothing(
    engine: Engine, in_transaction: InTransaction
) -> None:
    seen: list[str] = []

    is_new = seed_company(
        in_transaction,
        seed=1,
        policy=CompanyPolicy(),
        on_progress=lambda what, *_: seen.append(what),
    )
    counts = count_all(engine)
    is_new_again = seed_company(in_transaction, seed=1, policy=CompanyPolicy())

    assert (is_new, is_new_again) == (True, False)
    assert count_all(engine) == counts
    assert (counts["product"], counts["member"], counts["warehouse"]) == (60, 1900, 4)
    assert counts["movement"] > 300
    assert set(seen) == {
        "return rules", "products", "tariffs", "warehouses", "members", "stock", "orders"
    }  # fmt: skip
    assert in_transaction(find_busiest_distributor) is not None
    with engine.connect() as connection:
        states = Counter(connection.execute(sa.text("SELECT state FROM customer_order")).scalars())
        oversold = connection.execute(sa.text("SELECT count(*) FROM availability WHERE reserved > sellable"))
    assert states["accepted"] > 400
    assert 0 < states["held"] < 40
    assert set(states) == {"accepted", "held"}
    assert oversold.scalar_one() == 0


def test_a_seeding_that_was_cut_off_is_taken_up_again(engine: Engine, in_transaction: InTransaction) -> None:
    today = in_transaction(lambda session: find_founding_day(session, policy=CompanyPolicy()))
    company = make_company(seed=3, today=today)
    steps = list(make_steps(company, policy=CompanyPolicy()))
    for _, deed in steps[: len(steps) - 20]:
        in_transaction(deed)

    seed_company(in_transaction, seed=3, policy=CompanyPolicy())

    counts = count_all(engine)
    assert counts["customer_order"] == len(company.orders)
    assert counts["movement"] == len(company.stock)
    assert counts["member"] == len(company.members)
