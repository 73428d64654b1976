"""Every app there is, from raw data to a served answer: adding an app tests it."""

import dataclasses

import pytest

from kerasuite.app import apps
from tests.cases import run_app_test


@pytest.mark.parametrize("name", apps())
def test_app(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASUITE_HOME", str(tmp_path))
    run_app_test(name, tmp_path)


@pytest.mark.parametrize("name", apps())
def test_words_and_presets(name):
    entry = apps()[name]
    about = entry.about
    assert about.title and about.summary and about.papers
    assert {"default", "smoke", "full"} <= entry.presets.keys()
    for config in entry.presets.values():
        config.check()
    options = {f.name for f in dataclasses.fields(entry.config_class)}
    for expected in about.expected:
        assert (expected.at_least is None) != (expected.at_most is None)
        assert expected.options.keys() <= options
