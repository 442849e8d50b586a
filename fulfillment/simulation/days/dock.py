"""What suppliers send: goods announced for the next days, and a delivery that is being counted."""

from collections.abc import Sequence
from datetime import date, timedelta

from fulfillment.catalog.kinds import ProductKind
from fulfillment.simulation.made_up import Article
from fulfillment.simulation.river.api import Api, Json

SUPPLIERS = ("Northfield Nutrition", "Lakeshore Cosmetics", "Prairie Botanicals", "Harbor Print Works")
LINES_EACH = 4
UNITS_EACH = 48
DAYS_A_MONTH = 30


class Dock:
    """The dock of every warehouse."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def expect_goods(self, sites: Sequence[str], articles: Sequence[Article], *, today: date) -> None:
        """Each warehouse expects a delivery; at the first one it has come and is half counted."""
        goods = [article for article in articles if article.product.kind is not ProductKind.KIT]
        for place, code in enumerate(sites):
            chosen = goods[place * LINES_EACH : (place + 1) * LINES_EACH]
            lines = [_line(article, place, today) for article in chosen]
            body = {
                "warehouse_code": code,
                "supplier": SUPPLIERS[place % len(SUPPLIERS)],
                "supplier_ref": f"PO-{1041 + place}",
                "expected_on": (today + timedelta(days=place)).isoformat(),
                "lines": lines,
            }
            receipt = self.api.post("/receipts", body, key=f"days:receipt:{code}")
            if place == 0:
                for line in lines[: LINES_EACH // 2]:
                    self._receive(receipt["id"], line)

    def _receive(self, receipt_id: str, line: Json) -> None:
        units = {"code": line["sku"], "qty": line["qty"]}
        if "lot" in line:
            units |= {"lot": line["lot"], "expires_on": line["expires_on"]}
        self.api.post(f"/receipts/{receipt_id}/units", units, key=f"days:units:{receipt_id}:{line['sku']}")


def _line(article: Article, place: int, today: date) -> Json:
    line: Json = {"sku": article.product.sku, "qty": UNITS_EACH}
    if article.product.is_lot_tracked:
        line["lot"] = f"N{today:%y%m}{place + 1:02d}"
        expires_on = today.replace(day=1) + timedelta(days=DAYS_A_MONTH * article.shelf_months)
        line["expires_on"] = expires_on.isoformat()
    return line
