"""The table of gym_agent's runs, from records."""

import pytest

from kerasuite.apps.gym_agent import zoo
from kerasuite.files import write_json

HISTORY = "epoch,steps,val_episode_reward\n1,1000,20\n2,2000,{}\n3,3000,500\n"


def run(folder, seed, score, middle, **options):
    folder.mkdir(parents=True)
    options = {"env": "CartPole-v1", "agent": "dqn", "episodes": 100, "seed": seed, **options}
    write_json(folder / "config.json", {"app": "gym_agent", "options": options})
    metrics = {"headline": {"episode_reward": score}, "seconds": {"fit": 10.0 + seed}}
    write_json(folder / "metrics.json", metrics)
    (folder / "history.csv").write_text(HISTORY.format(middle))


@pytest.fixture
def runs(tmp_path):
    for seed, score in enumerate((500.0, 499.0, 480.0)):
        run(tmp_path / "sweep" / f"a{seed}", seed, score, 480 if seed else 30)
    run(tmp_path / "b", 0, 400.0, 10, steps=3000, wrappers=[])
    run(tmp_path / "c", 0, -3.25, 10, env="Own-v0")
    other = tmp_path / "other"
    other.mkdir()
    write_json(other / "config.json", {"app": "perceptron", "options": {}})
    write_json(other / "metrics.json", {"headline": {}})
    return tmp_path


def test_a_row_for_each_choice_with_the_published_figure_beside_it(runs):
    lines = zoo.table(zoo.read_runs([runs])).splitlines()[2:]
    assert len(lines) == 3
    first, second, third = lines
    assert first.startswith("| CartPole-v1 | dqn | 3 | **493** (480 to 500) | 3k | 2k to 3k | 11 s")
    assert first.endswith("| 475 | 500 (50k) |")
    assert 'dqn `{"steps": 3000}` | 1 (too few)' in second
    assert third.startswith("| Own-v0 | dqn | 1 (too few) | **−3.2**")
    assert third.endswith("| 3k | – | 10 s | – | – |")


def test_the_table_goes_between_two_marks(runs, capsys):
    readme = runs / "README.md"
    stays = "| Acrobot-v1 | ppo | 3 | measured earlier |"
    old = f"| head |\n|---|\n{stays}\n| CartPole-v1 | dqn | 3 | old |"
    readme.write_text(f"before\n{zoo.BEGIN}\n{old}\n{zoo.END}\nafter\n")
    for _ in range(2):
        assert zoo.main([str(runs), "--readme", str(readme)]) == 0
        text = readme.read_text()
        assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
        assert text.count("| dqn | 3 |") == 1 and text.count(stays) == 1
        assert text.index(stays) < text.index("| CartPole-v1 |") < text.index("| Own-v0 |")
    readme.write_text("nothing")
    assert zoo.main([str(runs), "--readme", str(readme)]) == 2
    assert zoo.main([]) == 2
    assert zoo.main([str(runs / "sweep" / "a0" / "none")]) == 2
    assert "No finished run" in capsys.readouterr().err
