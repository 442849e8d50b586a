from fulfillment.accounts.roles import ROLES, SCOPES, Permission, Role, known_scopes


def test_every_role_stands_in_the_table() -> None:
    assert set(ROLES) == set(Role)


def test_every_permission_is_given_to_somebody() -> None:
    given = frozenset[Permission]().union(*ROLES.values())

    assert given == frozenset(Permission)


def test_a_distributor_reaches_nothing_but_her_own_desk() -> None:
    assert ROLES[Role.DISTRIBUTOR] == {Permission.USE_ACCOUNT, Permission.USE_PORTAL}


def test_whoever_makes_users_neither_proposes_nor_approves_refunds() -> None:
    assert Permission.WRITE_ACCOUNTS in ROLES[Role.ADMIN]
    assert not ROLES[Role.ADMIN] & {Permission.PROPOSE_REFUNDS, Permission.APPROVE_REFUNDS}


def test_customer_service_issues_refunds_and_the_second_person_is_asked_for_by_the_deed() -> None:
    assert ROLES[Role.SERVICE] >= {Permission.PROPOSE_REFUNDS, Permission.APPROVE_REFUNDS}


def test_who_inspects_on_the_floor_does_not_decide_about_quality() -> None:
    assert Permission.WRITE_INSPECTIONS in ROLES[Role.WAREHOUSE]
    assert Permission.DECIDE_QUALITY not in ROLES[Role.WAREHOUSE]
    assert Permission.DECIDE_QUALITY in ROLES[Role.SUPERVISOR]


def test_no_token_may_make_accounts() -> None:
    scopes, unknown = known_scopes(["orders:read", "accounts:write", "orders:all"])

    assert scopes == {Permission.READ_ORDERS}
    assert unknown == ["accounts:write", "orders:all"]
    assert Permission.WRITE_ACCOUNTS not in SCOPES
