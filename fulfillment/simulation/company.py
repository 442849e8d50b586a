"""The made-up direct-selling company of demonstrations and tests, whole and repeatable."""

from datetime import date
from random import Random

from fulfillment.simulation.articles import make_articles
from fulfillment.simulation.demand import USUAL_PER_DAY, DemandMaker, count_demand
from fulfillment.simulation.genealogy import make_members
from fulfillment.simulation.halls import make_bins, make_warehouses, stock_halls
from fulfillment.simulation.made_up import MadeUpCompany
from fulfillment.simulation.tariffs import make_shipping_terms

DISTRIBUTORS = 400
CUSTOMERS = 1_500


def make_company(
    *,
    seed: int,
    today: date,
    distributors: int = DISTRIBUTORS,
    customers: int = CUSTOMERS,
    orders_per_day: int = USUAL_PER_DAY,
) -> MadeUpCompany:
    """The company as of a day; the same arguments give the same company.

    The orders are those of the two weeks before the day; the stock covers them but for a few scarce
    articles.
    """
    random = Random(seed)  # noqa: S311 - made-up people need no secrecy
    articles = make_articles()
    members = make_members(random, distributors=distributors, customers=customers, today=today)
    orders = DemandMaker(random, articles, members).make_orders(today=today, per_day=orders_per_day)
    kits = {article.product.sku: article.parts for article in articles if article.parts}
    bins = make_bins()
    warehouses = make_warehouses()
    stock = stock_halls(random, articles=articles, demand=count_demand(orders, kits), bins=bins, today=today)
    return MadeUpCompany(
        articles=articles,
        warehouses=warehouses,
        bins={warehouse.code: bins for warehouse in warehouses},
        stock=stock,
        members=members,
        orders=orders,
        shipping=make_shipping_terms(),
    )
