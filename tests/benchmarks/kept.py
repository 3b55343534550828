"""Kept figures: what `make bench` measured last, so that `bench --check` can say what has become slower since.

A figure is a ratio of two times within one run, so that it says something on another day, too; it is known by its
rounds, and so is how much it swings: its noise, half the distance between its quartiles, as a part of its median.
"""

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

KEPT = Path(__file__).with_name("figures.json")
SURE = 2  # how many times the noise of both runs a figure must have grown, to be called slower


@dataclass(frozen=True)
class Figure:
    """A ratio, less is better: its median over the rounds, and its noise."""

    median: float
    noise: float

    @classmethod
    def of(cls, rounds: list[float]) -> "Figure":
        """The figure of these rounds."""
        middle = statistics.median(rounds)
        low, _, high = statistics.quantiles(rounds, n=4) if len(rounds) > 1 else (middle, middle, middle)
        return cls(round(middle, 3), round((high - low) / 2 / middle, 3))


def keep(machine: str, figures: dict[str, Figure], path: Path = KEPT) -> None:
    """Write the figures down, with the machine that they were measured on."""
    kept = {"machine": machine, "figures": {name: [each.median, each.noise] for name, each in figures.items()}}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def kept(path: Path = KEPT) -> tuple[str, dict[str, Figure]]:
    """The machine and the figures of the last run that was kept."""
    read = json.loads(path.read_text(encoding="utf-8"))
    return read["machine"], {name: Figure(*each) for name, each in read["figures"].items()}


def slower(before: dict[str, Figure], now: dict[str, Figure]) -> list[str]:
    """A sentence for each figure that has grown by more than the noise of both runs explains, the worst first."""
    found = []
    for name in before.keys() & now.keys():
        then, new = before[name], now[name]
        grown, noise = new.median / then.median - 1, SURE * (then.noise + new.noise)
        if grown > noise:
            sentence = f"{name}: {then.median:.2f} before, {new.median:.2f} now, {grown:.0%} more"
            found.append((grown, f"{sentence}; the noise explains {noise:.0%}."))
    return [sentence for _, sentence in sorted(found, reverse=True)]
