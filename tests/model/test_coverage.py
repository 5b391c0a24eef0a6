"""Gaps in what was touched. Decides: that an unlisted gap, and a stale or silent exception, is reported."""

from checkedpool_model.checker.coverage import gaps


def found(
    fired: dict[str, int] | None = None, seen: set[str] | None = None, waived: dict[str, str] | None = None
) -> list[str]:
    return list(gaps(["Act"], {"Act": 1} if fired is None else fired, ["claim"], seen or {"claim"}, waived or {}))


def test_nothing_is_reported_when_all_was_touched() -> None:
    assert found() == []


def test_an_action_that_never_fired_is_a_gap() -> None:
    assert found(fired={}) == ["the action Act never fired in any scope, and is not listed with a reason"]


def test_a_claim_that_was_never_about_anything_is_a_gap() -> None:
    assert found(seen={"other"}) == ["the claim claim was never about anything: its twin was seen in no scope"]


def test_a_listed_gap_with_a_reason_is_none() -> None:
    assert found(fired={}, waived={"Act": "needs four workers"}) == []


def test_a_listed_gap_without_a_reason_is_reported() -> None:
    assert found(fired={}, waived={"Act": " "}) == ["Act is listed as never touched without a reason"]


def test_a_listed_gap_that_is_none_any_more_is_reported() -> None:
    assert found(waived={"Act": "needs four workers"}) == ["Act is listed as never touched, but it was"]


def test_a_listed_gap_that_does_not_exist_is_reported() -> None:
    assert found(waived={"Atc": "typed badly"}) == [
        "Atc is listed as never touched, but there is no such action or claim"
    ]
