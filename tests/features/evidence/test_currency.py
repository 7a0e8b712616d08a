from datetime import date

import pandas as pd

AS_OF = date(2024, 7, 1)


def test_lines_of_an_account_in_another_currency_do_not_count(world_of, features_of):
    accounts = [
        {"account_id": "home", "currency": "CNY", "known_at": date(2023, 1, 1)},
        {"account_id": "away", "currency": "USD", "known_at": date(2023, 2, 1)},
    ]
    day = date(2024, 6, 5)
    received = {"direction": "in", "summary": "货款", "booked_at": day, "known_at": day}
    lines = [
        {"line_id": name, "account_id": name, "amount": amount, **received}
        for name, amount in (("home", 100), ("away", 7))
    ]
    world = world_of(account=accounts, line=lines)
    row = features_of(world, pd.DataFrame({"enterprise_id": ["a"], "as_of": [AS_OF]})).iloc[0]
    assert row["income_sum_12m"] == 100.0
