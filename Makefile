# Needs Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# PyTorch's CPU build, for the benchmarks that compare with it.
TORCH ?= torch==2.13.0
# Without its dependency torchvision, which the nets compared do not need.
TIMM ?= timm==1.0.31

.PHONY: demo test test-slow lint format bench counts clean

demo: $(READY)
	$(BIN)/kerasuite train image_classifier --model lenet5 --augment flip --epochs 30 --learning-rate 3e-3
	$(BIN)/kerasuite predict image_classifier apps/image_classifier/examples/ankle_boot.png

# Two workers on two cores: with more threads they would only be in each other's way. A file's tests
# share fixtures and stay on one worker.
test: $(READY)
	TF_NUM_INTRAOP_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/pip install --quiet "$(TORCH)" huggingface_hub safetensors pyyaml
	$(BIN)/pip install --quiet --no-deps "$(TIMM)"
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.small_cnn
	$(BIN)/python -m benchmarks.image_nets
	$(BIN)/python -m benchmarks.recurrent
	$(BIN)/python -m benchmarks.rbm
	$(BIN)/python -m benchmarks.sparse_coding
	$(BIN)/python -m benchmarks.vae
	$(BIN)/python -m benchmarks.captioner training
	$(BIN)/python -m benchmarks.captioner search
	$(BIN)/python -m benchmarks.adversarial
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.translator training
	$(BIN)/python -m benchmarks.translator search
	$(BIN)/python -m benchmarks.tokenizers

$(READY): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed; this is " + sys.version.split()[0] + ". Try make PYTHON=python3.12") if not (3, 11) <= sys.version_info < (3, 14) else 0'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info

# Counts every registered model anew; run it after adding one.
counts: $(READY)
	$(BIN)/python -m kerasuite.models.count
