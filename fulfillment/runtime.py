"""What one process works with, wired once from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.core.policy import CompanyPolicy
from fulfillment.notifications.mailing import Mailer, SmtpMailer
from fulfillment.returns.gateways.http_api import HttpGateway
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.returns.gateways.protocol import RefundGateway
from fulfillment.shipping.carriers.protocol import Carrier
from fulfillment.shipping.carriers.shippo_api import ShippoCarrier
from fulfillment.store.engine import make_engine
from fulfillment.store.session import InTransaction, transactions_on


@dataclass(frozen=True)
class Runtime:
    """The settings, the database, and the outside parties behind their protocols.

    `gateways` are named as tenders name their provider.
    """

    settings: Settings
    engine: Engine
    carrier: Carrier
    gateways: Mapping[str, RefundGateway]

    @cached_property
    def policy(self) -> CompanyPolicy:
        """What the company decided."""
        return self.settings.policy

    @cached_property
    def mailer(self) -> Mailer | None:
        """The mail server; None where mail is kept and not sent."""
        url = self.settings.smtp_url.get_secret_value()
        return SmtpMailer(url, sender=self.settings.mail_from) if url else None

    @cached_property
    def in_transaction(self) -> InTransaction:
        """`in_transaction` on this process's database."""
        return transactions_on(self.engine)

    def close(self) -> None:
        """Nothing stays open."""
        self.engine.dispose()


def make_runtime(settings: Settings, *, application_name: str) -> Runtime:
    """The runtime of a process; connections are made when they are first needed."""
    engine = make_engine(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        application_name=application_name,
    )
    return runtime_on(settings, engine)


def runtime_on(settings: Settings, engine: Engine) -> Runtime:
    """The runtime over an engine that somebody else made and closes."""
    return Runtime(
        settings=settings, engine=engine, carrier=_make_carrier(settings), gateways=_make_gateways(settings)
    )


def _make_carrier(settings: Settings) -> Carrier:
    """Shippo, or the sandbox courier that speaks its language."""
    return ShippoCarrier(
        token=settings.shippo_api_token.get_secret_value(),
        api_url=settings.shippo_url,
        label_hosts=settings.label_hosts,
    )


def _make_gateways(settings: Settings) -> Mapping[str, RefundGateway]:
    """The offline gateway always, and the provider's where its address is set."""
    gateways: list[RefundGateway] = [OfflineGateway()]
    if settings.payment_url:
        token = settings.payment_token.get_secret_value()
        gateways.append(HttpGateway(api_url=settings.payment_url, token=token))
    return {gateway.name: gateway for gateway in gateways}
