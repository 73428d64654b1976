"""Side-by-side measurements: contenders take turns, and each round gives one ratio.

Machines are noisy, and their noise drifts. So the contenders run A B C A B C … in rounds of a
few seconds, and what is reported is the median over the rounds of the ratios within a round.
Each contender lives in its own process from start to end: frameworks do not share a thread
pool, and importing, compiling and the first step are paid before the first round. Those that wait
for their turn are stopped: the threads of some go on spinning for a while after their work, and
that took up to a third of what the next one had.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

RECORDS = Path(__file__).parent / "records"
_PACKAGES = (
    "keras",
    "tensorflow",
    "torch",
    "timm",
    "numpy",
    "gymnasium",
    "stable-baselines3",
    "keras-rl2",
)


class Contender:
    """A child process that runs `serve` and measures once each time it is asked."""

    def __init__(
        self, name: str, command: Sequence[str], environment: dict[str, str] | None = None
    ):
        self.name = name
        # Share of the machine's cores that other processes took, for each measurement.
        self.others: list[float] = []
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (lives as long as the child)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **(environment or {})},
        )

    def ready(self) -> None:
        """Waits until the child has warmed up, and stops it."""
        self._answer()
        self._process.send_signal(signal.SIGSTOP)

    def measure(self) -> float:
        """Returns one measurement of the child, which runs for no longer than that."""
        self._process.send_signal(signal.SIGCONT)
        start, others = time.perf_counter(), self._seconds_of_others()
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        measured = self._answer()
        seconds = os.cpu_count() * (time.perf_counter() - start)
        self.others.append((self._seconds_of_others() - others) / seconds)
        self._process.send_signal(signal.SIGSTOP)
        return measured

    def close(self) -> None:
        """Ends the child."""
        self._process.send_signal(signal.SIGCONT)
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._errors.close()

    def _seconds_of_others(self) -> float:
        """Returns the seconds for which other processes than the child have computed so far."""
        all_cores, child = Path("/proc/stat"), Path(f"/proc/{self._process.pid}/stat")
        if not all_cores.exists():
            return float("nan")
        user, nice, system, _idle, _wait, *rest = map(int, all_cores.read_text().split()[1:9])
        # utime and stime; the name before them may hold spaces.
        own = child.read_text().rpartition(")")[2].split()[11:13]
        ticks = user + nice + system + sum(rest) - sum(map(int, own))
        return ticks / os.sysconf("SC_CLK_TCK")

    def _answer(self) -> float:
        for line in self._process.stdout:
            if line.startswith("measured "):
                return float(line.split()[1])
        code = self._process.wait()
        self._errors.seek(0)
        raise RuntimeError(f"{self.name} ended with code {code}: {self._errors.read()[-2000:]}")


def serve(measure: Callable[[], float]) -> None:
    """The child's side: measures once to warm up, then once for each line of standard input."""
    print("measured", measure(), flush=True)
    for _ in sys.stdin:
        print("measured", measure(), flush=True)


def take_turns(
    contenders: Sequence[Contender], rounds: int, pause: bool = False
) -> dict[str, list[float]]:
    """Measures the contenders in turn, `rounds` times each; ends them afterwards.

    Args:
        contenders: warmed up all at once.
        rounds: number of measurements of each.
        pause: whether to wait for a line of standard input when all are warm, so that other
            work on the machine need only rest from then on.
    """
    try:
        for contender in contenders:
            contender.ready()
        if pause:
            input("Warm. Press Enter to measure. ")
        samples = {contender.name: [] for contender in contenders}
        for _ in range(rounds):
            for contender in contenders:
                samples[contender.name].append(contender.measure())
        return samples
    finally:
        for contender in contenders:
            contender.close()


def parser(description: str, contenders: Sequence[str]) -> argparse.ArgumentParser:
    """Returns what benchmarks of contenders are asked with: rounds, threads, one contender."""
    made = argparse.ArgumentParser(description=description.splitlines()[0])
    made.add_argument("--rounds", type=int, default=7)
    made.add_argument("--threads", type=int, default=os.cpu_count())
    made.add_argument("--contender", choices=contenders, help=argparse.SUPPRESS)
    return made


def compare(
    module: str,
    options: argparse.Namespace,
    contenders: Sequence[str],
    name: str,
    ratios: dict[str, tuple[str, str]],
    unit: str,
    words: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    **settings,
) -> None:
    """Runs a module once for each contender, measures them in turn, and reports.

    Args:
        module: to be run by `python -m` with `--threads` and `--contender`; it calls `serve`.
        options: as `parser` has read them.
        contenders: their names.
        name: as of `report`, and so are `ratios`, `unit` and `settings`.
        ratios: likewise.
        unit: likewise.
        words: further arguments of the module.
        environment: variables that are set for all contenders.
        **settings: likewise.
    """
    command = [sys.executable, "-m", module, *words, "--threads", str(options.threads)]
    started = [Contender(n, [*command, "--contender", n], environment) for n in contenders]
    samples = take_turns(started, options.rounds)
    others = round(max(share for c in started for share in c.others), 3)
    settings |= {"threads": options.threads, "share_of_other_work": others}
    report(name, samples, ratios, unit, **settings)


def time_commands(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """Runs each command in turn, `rounds` times each, and returns the seconds they took.

    A first run of each, unmeasured, brings its files into memory.
    """
    for command in commands.values():
        subprocess.run(command, check=True, capture_output=True)
    samples = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            samples[name].append(time.perf_counter() - start)
    return samples


def ratio(samples: dict[str, list[float]], first: str, second: str) -> float:
    """Returns the median over the rounds of first / second."""
    pairs = zip(samples[first], samples[second], strict=True)
    return statistics.median(a / b for a, b in pairs)


def report(
    name: str,
    samples: dict[str, list[float]],
    ratios: dict[str, tuple[str, str]],
    unit: str,
    **settings,
) -> None:
    """Prints medians and ratios, and writes benchmarks/records/NAME.json.

    Args:
        name: name of the record; it may begin with a folder.
        samples: measurements of each contender, in the order of the rounds.
        ratios: what to compare: a sentence that ends before the number, and the two contenders.
        unit: unit of the measurements.
        **settings: whatever else defines the comparison (threads, batch size, …).
    """
    medians = {key: statistics.median(values) for key, values in samples.items()}
    for key, value in medians.items():
        print(f"{key:32s} {value:12.4g} {unit}")
    found = {text: round(ratio(samples, *pair), 3) for text, pair in ratios.items()}
    for text, value in found.items():
        print(f"{name}: {text} {value:.2f}x")
    record = {
        "name": name,
        "command": " ".join([f"python -m benchmarks.{Path(sys.argv[0]).stem}", *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "machine": _machine(),
        "versions": _versions(),
        "settings": settings,
        "unit": unit,
        "ratios": found,
        "medians": medians,
        "samples": samples,
    }
    path = RECORDS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")


def _machine() -> dict[str, str | int | float | None]:
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")
        ]
        processor = models[0].split(":")[1].strip() if models else processor
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "system": platform.system(),
        # Of the last 15 minutes: above the number of cores, other work took part of them.
        "load": round(os.getloadavg()[2], 1),
    }


def _versions() -> dict[str, str]:
    installed = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            installed[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return installed
