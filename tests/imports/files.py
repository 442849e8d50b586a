"""Small files and the outcomes of their rows, for the tests of imports."""

from fulfillment.imports.classifying import ClassifiedTable, classify_rows
from fulfillment.imports.grouping import OrderPlan, plan_orders
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import load_profile, parse_profile
from fulfillment.imports.profiles import FileMapping
from fulfillment.imports.readers import read_table

ORDER_HEADER = "order_ref,line_ref,sku,qty,unit_price,name,street1,city,state,zip,paid"
HOME = "Ana,1 Main St,Rochester,MN,55902"


def generic(kind: FileKind) -> FileMapping:
    return load_profile("generic").mapping_of(kind)


def order_line(order: str, line: int, sku: str = "S-1", qty: object = 1, paid: str = "10.00") -> str:
    return f"{order},{line},{sku},{qty},10.00,{HOME},{paid}"


def csv_of(*lines: str, header: str = ORDER_HEADER) -> bytes:
    return "\n".join((header, *lines, "")).encode()


def classify(
    content: bytes, *, profile: str = "generic", kind: FileKind = FileKind.ORDERS
) -> ClassifiedTable:
    return classify_rows(read_table(content), load_profile(profile).mapping_of(kind))


def plan(content: bytes, *, profile: str = "generic") -> OrderPlan:
    return plan_orders(classify(content, profile=profile), load_profile(profile).mapping_of(FileKind.ORDERS))


def mapping_from(text: str, kind: FileKind = FileKind.ORDERS) -> FileMapping:
    return parse_profile(text, name="test").mapping_of(kind)
