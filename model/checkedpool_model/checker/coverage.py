"""What a set of searches never touched: actions, claims, conjuncts of guards, fields of the state.

Decides: what counts as a gap, and that a listed exception needs a reason and must still be one. Must not know: any
particular model.
"""

from collections.abc import Collection, Iterator, Mapping

from checkedpool_model.checker.touched import Touched

__all__ = ["gaps", "idle_parts"]


def gaps(
    actions: Collection[str],
    fired: Mapping[str, int],
    claims: Collection[str],
    seen: Collection[str],
    waived: Mapping[str, str],
) -> Iterator[str]:
    """One sentence for each gap; none at all if everything was touched or is waived with a reason."""
    for name in actions:
        if not fired.get(name) and name not in waived:
            yield f"the action {name} never fired in any scope, and is not listed with a reason"
    for name in claims:
        if name not in seen and name not in waived:
            yield f"the claim {name} was never about anything: its twin was seen in no scope"
    for name, reason in waived.items():
        if name not in actions and name not in claims:
            yield f"{name} is listed as never touched, but there is no such action or claim"
        elif fired.get(name) or name in seen:
            yield f"{name} is listed as never touched, but it was"
        elif not reason.strip():
            yield f"{name} is listed as never touched without a reason"


def idle_parts(
    conjuncts: Collection[str], fields: Collection[str], touched: Touched, waived: Mapping[str, str]
) -> Iterator[str]:
    """One sentence for each conjunct and each field that did not matter, or is waived wrongly.

    It says in how many states this was asked, if not in all: a sample shows what matters, not what does not.
    """
    asked = f" in {touched.asked:,} of {touched.known:,} states" if touched.asked < touched.known else ""
    for name in conjuncts:
        if name not in touched.decisive and name not in waived:
            yield f"the conjunct {name} was never the only one that was false{asked}, and is not listed with a reason"
    for name in fields:
        if name not in touched.changed and name not in waived:
            yield f"the field {name} never changed{asked}, and is not listed with a reason"
    for name, reason in waived.items():
        if name not in conjuncts and name not in fields:
            yield f"{name} is listed as idle, but there is no such conjunct or field"
        elif name in touched.decisive or name in touched.changed:
            yield f"{name} is listed as idle, but it matters"
        elif not reason.strip():
            yield f"{name} is listed as idle without a reason"
