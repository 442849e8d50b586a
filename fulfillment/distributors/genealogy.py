"""The trees of sponsors and enrollers: who must be written before whom, and circles that no tree has."""

from collections.abc import Mapping, Sequence


def order_by_upline(uplines: Mapping[str, Sequence[str]]) -> tuple[list[str], list[str]]:
    """The members so that each comes after the uplines it names, and those who stand above themselves.

    Uplines that are not keys are somebody else's business and do not count. Members below a circle are not
    in it, yet cannot be ordered either; they are listed with it.
    """
    below: dict[str, list[str]] = {}
    waiting_for = {number: {name for name in names if name in uplines} for number, names in uplines.items()}
    for number, names in waiting_for.items():
        for name in names:
            below.setdefault(name, []).append(number)
    ready = [number for number, names in waiting_for.items() if not names]
    ordered: list[str] = []
    while len(ordered) < len(ready):
        number = ready[len(ordered)]
        ordered.append(number)
        for follower in below.get(number, ()):
            waiting_for[follower].discard(number)
            if not waiting_for[follower]:
                ready.append(follower)
    placed = set(ordered)
    return ordered, [number for number in uplines if number not in placed]
