"""What a set of searches never touched: actions that never fired, claims that were never about anything.

Decides: what counts as a gap, and that a listed exception needs a reason and must still be one. Must not know: any
particular model.
"""

from collections.abc import Collection, Iterator, Mapping

__all__ = ["gaps"]


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
