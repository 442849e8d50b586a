from fulfillment.web.plain_reasons import plain_reasons


def test_codes_are_left_out_dates_are_written_for_people_and_nothing_is_said_twice() -> None:
    reasons = [
        "ds-customer-30: the window ended on 2026-03-01",
        "us-tx-1-year: the window ended on 2026-03-01",
        "opened goods are not taken back.",
        "",
    ]

    assert plain_reasons(reasons) == ["The window ended on Mar 1, 2026.", "Opened goods are not taken back."]
