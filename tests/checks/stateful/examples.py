"""How many examples a test gets: its share of what the profile says.

Decides: that alone.  Must not know: what an example is.
"""

from hypothesis import Phase, settings

PERCENT = 100


def examples(share: int, *, steps: int) -> settings:
    """So many per cent of the profile's examples, of so many steps at most."""
    profile = settings()
    return settings(profile, max_examples=max(1, profile.max_examples * share // PERCENT), stateful_step_count=steps)


def until_found(share: int, *, steps: int) -> settings:
    """The same for what must fail: the first failure will do."""
    return settings(examples(share, steps=steps), phases=[Phase.generate], report_multiple_bugs=False)
