"""What the pages of the floor share: the warehouse somebody works in."""

import flask
from flask import request
from sqlmodel import Session

from fulfillment.reads.stock_rows import list_warehouses, require_one_warehouse
from fulfillment.web.context import viewer

CHOSEN = "warehouse"


def choose_warehouse(session: Session) -> dict[str, object]:
    """The warehouse the page shows, and those there are; call it in the page's read.

    The one just chosen, else the one chosen before in this browser, else the viewer's own.

    Raises:
        NotFoundError: there is no such warehouse, or none at all.
    """
    warehouses = list_warehouses(session)
    asked = request.args.get(CHOSEN) or None
    before = flask.session.get(CHOSEN)
    kept = before if before in {code for code, _name in warehouses} else None
    code = require_one_warehouse(session, asked=asked or kept, own=viewer().warehouse_code)
    if asked is not None:
        flask.session[CHOSEN] = code
    return {"warehouses": warehouses, "warehouse_code": code}
