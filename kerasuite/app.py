"""The App contract, and how apps are found. Imports no TensorFlow: listing apps is quick."""

from __future__ import annotations

import dataclasses
import difflib
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from kerasuite.errors import InputError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from kerasuite.data.splits import Info, Splits
    from kerasuite.export.signature import Check, Signature
    from kerasuite.report.figure import Figure

DEFAULT_PRESET = "default"


@dataclass(frozen=True)
class Expected:
    """A figure that a run should reach, shown beside the measured one.

    Attributes:
        metric: its name in the headline of the app's evaluation.
        source: who published or promised it.
        options: the options of the runs that it holds for; the others do not show it.
        at_least: the floor to reach, or
        at_most: the ceiling to stay below.
    """

    metric: str
    source: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True)
class About:
    """What an app is, in words: shown by `kerasuite list` and `kerasuite info`."""

    title: str
    summary: str
    papers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True)
class Study:
    """A ready-made sweep: `kerasuite sweep APP --study NAME`.

    Attributes:
        title: what is compared.
        lesson: what it shows.
        over: what to vary, as typed after --over.
        options: the options of every run, as typed, by name.
        seeds: how many seeds per setting.
    """

    title: str
    lesson: str
    over: tuple[str, ...]
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    seeds: int = 3


@dataclass(frozen=True)
class Config:
    """The options that every app has; an app's own Config adds its own."""

    # No option: whether operations run side by side on small machines, see
    # `machine.start_tensorflow`.
    side_by_side: ClassVar[bool] = False

    data: str | None = None
    """Data set: a catalogue name, tfds:NAME, or a path; left out, the one shipped with the app."""
    seed: int = 0
    """Everything random flows from this number."""
    epochs: int = 10
    """Passes over the training data."""
    batch_size: int = 128
    """Examples per step."""
    learning_rate: float = 1e-3
    """Step size of the optimizer at its highest."""
    patience: int = 0
    """Stop after this many epochs without a better validation figure; 0 never stops early."""
    keep: Literal["best", "last"] = "best"
    """Which epoch's weights to keep: the best on validation data, or the last."""
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = "float32"
    """Keras's dtype policy; the mixed ones compute in 16 bits and keep float32 weights."""
    jit: bool = False
    """Compile the training step with XLA (helps recurrent nets, hurts convolutions on CPU)."""
    tensorboard: bool = True
    """Write TensorBoard logs into the run's folder."""

    def check(self) -> None:
        """Refuses values that cannot work, before anything is loaded.

        An app may let some of these be None: it then finds the value itself.

        Raises:
            InputError: naming the option, what was expected and what was received.
        """
        for name, low in (("epochs", 1), ("batch_size", 1), ("patience", 0), ("seed", 0)):
            if (value := getattr(self, name)) is not None and value < low:
                raise option_error(name, f"a whole number of at least {low}", value)
        if self.learning_rate is not None and not 0 < self.learning_rate < float("inf"):
            raise option_error("learning_rate", "a number above 0", self.learning_rate)


def option_error(name: str, expected: str, received: object) -> InputError:
    """One sentence that names the option, what was expected and what was received."""
    return InputError(f"--{name.replace('_', '-')} must be {expected}. Received: {received}")


class App:
    """One system of the suite: data, model, learning, evaluation and signatures.

    A subclass adds only what is its own; `kerasuite.run` does the rest.

    Args:
        config: the options of this run, an instance of the app's own Config.
    """

    monitor: ClassVar[tuple[str, Literal["min", "max"]]] = ("val_loss", "min")
    """The epoch figure that says which epoch is best, and which way is better."""

    ties: ClassVar[Literal["first", "last"]] = "first"
    """Which of equally good epochs is kept."""

    folder: Path | None = None
    """The run's folder, for what an app leaves there besides checkpoints, history and figures."""

    def __init__(self, config: Any) -> None:
        self.config = config

    def data(self, info: Info | None = None) -> Splits:
        """Loads the data that `config.data` names.

        Args:
            info: of the data that a model was trained on, if it exists already: the data loaded
                must fit it (same classes, same shape), or InputError says where it does not.
        """
        raise NotImplementedError

    def build(self, info: Info) -> keras.Model:
        """Returns the compiled model for data of this kind."""
        raise NotImplementedError

    def fit(
        self,
        model: keras.Model,
        splits: Splits,
        callbacks: Sequence[keras.callbacks.Callback],
        first_epoch: int = 0,
    ) -> None:
        """Trains `model` from `first_epoch` on (counted from 0; above 0 when a run is resumed).

        `splits.train` needs `steps_per_epoch`. Systems that learn another way override this.
        """
        from kerasuite.training import fitting

        config = self.config
        fitting.fit(
            model,
            self.training_batches(splits, first_epoch),
            steps_per_epoch=self.steps_per_epoch(splits),
            validation_data=self.validation_batches(splits),
            initial_epoch=first_epoch,
            epochs=config.epochs,
            # The app's own come first: what they note, the checkpoint may look for.
            callbacks=[*self.callbacks(model, splits), *callbacks],
        )

    def steps_per_epoch(self, splits: Splits) -> int:
        """Returns how many of the training batches make one epoch."""
        return splits.train.steps_per_epoch(self.config.batch_size)

    def training_batches(self, splits: Splits, first_epoch: int = 0) -> tf.data.Dataset:
        """Returns endless batches for `fit`, from `first_epoch` on.

        Order and whatever else is random must be functions of seed and epoch: that is what makes a
        resumed run end as it would have.
        """
        config = self.config
        return splits.train.shuffled_batches(config.batch_size, config.seed, first_epoch)

    def validation_batches(self, splits: Splits) -> tf.data.Dataset:
        """Returns the batches that are measured after each epoch."""
        return splits.validation.batches(self.config.batch_size)

    def callbacks(self, model: keras.Model, splits: Splits) -> list[keras.callbacks.Callback]:
        """Returns the app's own callbacks, such as its schedule of the learning rate."""
        return []

    def resumable(self, epochs: int) -> int:
        """After how many of the `epochs` that were finished `fit` can go on: all, for most."""
        return epochs

    def evaluate(self, model: keras.Model, splits: Splits) -> dict[str, Any]:
        """Returns {"headline": {name: figure}, "evaluation": details}, of the test split."""
        raise NotImplementedError

    def signatures(self, model: keras.Model, info: Info) -> dict[str, Signature]:
        """Returns the SavedModel's functions, raw input → answer; one is "serving_default"."""
        raise NotImplementedError

    def checks(self, model: keras.Model, splits: Splits) -> dict[str, Check]:
        """Returns, per signature, held-out raw inputs and the Keras model's own answers to them."""
        raise NotImplementedError

    def figures(
        self, model: keras.Model, splits: Splits, evaluation: dict[str, Any]
    ) -> list[Figure]:
        """Returns the report's pictures, beyond the learning curves that every run has."""
        return []


@dataclass(frozen=True)
class AppEntry:
    """An app that was found: its name and its package, imported only as far as is asked."""

    name: str
    package: str

    @cached_property
    def _config_module(self) -> Any:
        return importlib.import_module(f"{self.package}.config")

    @property
    def about(self) -> About:
        return self._config_module.ABOUT

    @property
    def presets(self) -> dict[str, Config]:
        """Ready-made configurations by name; `default` is among them."""
        return self._config_module.PRESETS

    @property
    def studies(self) -> dict[str, Study]:
        """Ready-made sweeps by name; most apps have none."""
        return getattr(self._config_module, "STUDIES", {})

    def study(self, name: str) -> Study:
        """Returns the named study, or raises InputError with those there are."""
        if name not in self.studies:
            raise InputError(
                f"{self.name} has no study {name!r}; it has: {', '.join(self.studies) or 'none'}"
            )
        return self.studies[name]

    @property
    def config_class(self) -> type[Config]:
        return type(self.presets[DEFAULT_PRESET])

    def preset(self, name: str) -> Config:
        """Returns the named preset, or raises InputError with those there are."""
        if name not in self.presets:
            raise InputError(
                f"{self.name} has no preset {name!r}; it has: {', '.join(self.presets)}"
            )
        return self.presets[name]

    def load(self) -> type[App]:
        """Imports the app itself, and TensorFlow with it."""
        return importlib.import_module(f"{self.package}.app").APP


def apps() -> dict[str, AppEntry]:
    """Finds every app: those of the suite, then those of other installed packages.

    Other packages name theirs in the entry point group `kerasuite.apps`: `NAME = their.package`,
    a package that holds `config.py` and `app.py` as the suite's own do.
    """
    import kerasuite.apps as own

    found = {
        m.name: AppEntry(m.name, f"{own.__name__}.{m.name}")
        for m in pkgutil.iter_modules(own.__path__)
        if m.ispkg
    }
    for point in importlib.metadata.entry_points(group="kerasuite.apps"):
        found.setdefault(point.name, AppEntry(point.name, point.value))
    return dict(sorted(found.items()))


def find(name: str) -> AppEntry:
    """Returns the app of that name, or raises InputError with near names."""
    known = apps()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `kerasuite list`"
        raise InputError(f"There is no app called {name!r}; {hint}")
    return known[name]
