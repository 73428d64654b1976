"""`python -m kerasuite.apps.gym_agent.zoo RUNS … [--readme README.md]`: a table of finished runs.

RUNS are folders that hold runs of gym_agent at any depth, such as those of sweeps. The table goes
to the terminal, or between two marks in a README, where rows that RUNS have nothing to say of stay
as they are. No TensorFlow.
"""

import dataclasses
import json
import statistics
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasuite.app import find
from kerasuite.errors import InputError, KerasuiteError
from kerasuite.files import read_json, write_bytes
from kerasuite.report.records import read_history

BEGIN, END = "<!-- zoo: begin -->", "<!-- zoo: end -->"
PUBLISHED = Path(__file__).parent / "published.toml"
# Options that may differ between runs of one row.
_FREE = ("seed", "film", "tensorboard", "validation_episodes")
FEWEST_SEEDS = 3


@dataclass(frozen=True)
class Run:
    """One finished run.

    Attributes:
        env, agent: what learned where.
        seed: of the run.
        options: all others that are not the default's, as one text.
        score: mean reward of the test episodes.
        episodes: how many of them.
        steps: how long it trained.
        solved_at: steps until the validation episodes first reached `floor`; None if never.
        seconds: that training took.
        floor: the reward to reach; None if none is known.
    """

    env: str
    agent: str
    seed: int
    options: str
    score: float
    episodes: int
    steps: int
    solved_at: int | None
    seconds: float
    floor: float | None


def read_runs(folders: Iterable[Path]) -> list[Run]:
    """Reads every finished run of gym_agent below the folders, one for each seed.

    Raises:
        InputError: if there is none, or a record is damaged.
    """
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("metrics.json")):
            record = read_json(path.parent / "config.json")
            metrics = read_json(path)
            if record.get("app") == "gym_agent" and "headline" in metrics:
                run = _read(path.parent, record["options"], metrics)
                found[run.env, run.agent, run.options, run.seed] = run
    if not found:
        raise InputError(f"No finished run of gym_agent lies below {', '.join(map(str, folders))}")
    return list(found.values())


def _read(folder: Path, options: dict[str, Any], metrics: dict[str, Any]) -> Run:
    env, agent = options["env"], options["agent"]
    history = read_history(folder / "history.csv")
    floor = _floor(env, agent)
    reached = zip(history["steps"], history["val_episode_reward"], strict=True)
    solved = (
        steps
        for steps, reward in reached
        if floor is not None and reward is not None and reward >= floor
    )
    first = next(solved, None)
    default = dataclasses.asdict(find("gym_agent").preset("default"))
    skip = (*_FREE, "env", "agent")
    others = {k: v for k, v in options.items() if k not in skip and _plain(v) != _plain(default[k])}
    return Run(
        env, agent, options["seed"], json.dumps(others, sort_keys=True) if others else "",
        metrics["headline"]["episode_reward"], options["episodes"], int(history["steps"][-1]),
        None if first is None else int(first), metrics["seconds"]["fit"], floor,
    )  # fmt: skip


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _floor(env: str, agent: str) -> float | None:
    """The reward that a row should reach: the app's expectation."""
    for expected in find("gym_agent").about.expected:
        if (expected.options["env"], expected.options["agent"]) == (env, agent):
            return expected.at_least
    return None


def table(runs: Iterable[Run]) -> str:
    """A Markdown table, a row for each environment, agent and choice of options."""
    rows = defaultdict(list)
    for run in runs:
        rows[run.env, run.agent, run.options].append(run)
    published = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))
    lines = [
        "| environment | agent | seeds | reward: mean (lowest to highest seed) | steps | first at "
        "the floor | training | floor | rl-zoo: reward (steps) |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (env, agent, options), group in sorted(rows.items()):
        zoo = published.get(env, {}).get(agent)
        solved = [run.solved_at for run in group]
        whole = sorted({run.steps for run in group})
        cells = [
            env,
            agent if not options else f"{agent} `{options}`",
            str(len(group)) + (" (too few)" if len(group) < FEWEST_SEEDS else ""),
            _scores([run.score for run in group]),
            _thousands(whole[-1]),
            "–" if None in solved else f"{_thousands(min(solved))} to {_thousands(max(solved))}",
            f"{statistics.median(run.seconds for run in group):.0f} s",
            "–" if group[0].floor is None else _number(group[0].floor),
            "–" if zoo is None else f"{_number(zoo[0])} ({_thousands(zoo[1])})",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _scores(scores: list[float]) -> str:
    low, high = map(_number, (min(scores), max(scores)))
    return f"**{_number(statistics.fmean(scores))}** ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace("-", "−")


def _thousands(steps: int) -> str:
    return f"{steps / 1e6:.3g}M" if steps >= 1e6 else f"{steps / 1000:.3g}k"


def write(readme: Path, text: str) -> None:
    """Puts a table between the marks of a README; rows of other agents than the table's stay.

    Raises:
        InputError: if the marks are not there.
    """
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"{readme} has no place for the table: {BEGIN} and {END} are expected")
    head, rows = _parts(text)
    rows = _parts(old)[1] | rows
    text = "\n".join([*head, *sorted(rows.values())])
    write_bytes(readme, f"{before}{BEGIN}\n{text}\n{END}{after}".encode())


def _parts(text: str) -> tuple[list[str], dict[tuple[str, ...], str]]:
    """A table's two lines of head, and its rows by environment and agent."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return lines[:2], {tuple(line.split("|")[1:3]): line for line in lines[2:]}


def main(words: list[str]) -> int:
    """Prints or writes the table; returns the exit code."""
    readme = None
    if "--readme" in words[:-1]:
        at = words.index("--readme")
        readme, words = Path(words[at + 1]), words[:at] + words[at + 2 :]
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        text = table(read_runs([Path(word) for word in words]))
        if readme is None:
            print(text)
        else:
            write(readme, text)
    except KerasuiteError as e:
        print(e, file=sys.stderr)
        return e.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
