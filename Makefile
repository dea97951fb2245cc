# make page PAGE=02_forward   one page, seconds after a change
# make check PAGE=02_forward  the tests of that page and its exercises
# make book   build the site          make test   run every check
# make serve  build and serve it      make lint   style of the code
# make lock   renew requirements.txt  make clean  forget what was built
# make pdf    the book as one PDF; needs Chromium
# make workbook   the exercises alone, as notebooks without solutions
# make notebooks  the chapters as notebooks, with their outputs
# make catalogue   every mistake of the checkers, on a hundred draws
# make mutants  do the tests see a mistake? (twenty minutes)
# make lighthouse  Lighthouse's marks for every page, from npm
# make bench  what a training step costs, for its lab page (two minutes)
# make binder   Binder's steps carried out, and every launch button followed
# make links  do the links to other sites still lead somewhere?

PYTHON = python3
PORT = 8000
CHROMIUM = chromium
PICTURED = 02_forward
BIN = .venv/bin
# Warnings are errors without an option, too: book/_ext/twentysix.py.
BUILD = $(BIN)/jupyter-book build .
CUSTOM = $(BUILD) --builder custom --custom-builder
NUMBER = $(firstword $(subst _, ,$(PAGE)))
NAMES = $(patsubst book/%.md,%,$(wildcard book/*.md book/lab/*.md))

# One thread: on arrays this small a second one only waits for the first.
export OMP_NUM_THREADS = 1

.PHONY: page check known book pdf workbook notebooks catalogue test serve \
  lint lock picture mutants bench lighthouse binder links clean

book: .venv/ready
	$(BUILD)
	@echo "Open $(CURDIR)/_build/html/index.html"

page: known .venv/ready
	PAGE=$(PAGE) $(CUSTOM) page
	@echo "Open $(CURDIR)/_build/page/book/$(PAGE).html"

check: known .venv/ready
	$(BIN)/pytest -q -k "$(PAGE) or ch$(NUMBER) or check_$(NUMBER) or dead" \
	  $(wildcard tests/test_pages.py tests/test_exercises.py tests/test_check*)

known:
	@test -n "$(filter $(NAMES),$(PAGE))" || \
	  { echo "PAGE is none of these: $(NAMES)"; exit 2; }

# One builder writes the chapters, the exercises, and these with solutions.
notebooks workbook: .venv/ready
	$(CUSTOM) notebooks
	@echo "Copy what you need from $(CURDIR)/_build/$@"

pdf: book
	$(BIN)/python book/_ext/paper.py
	@echo "Open $(CURDIR)/_build/pdf/twenty-six-numbers.pdf"

test: .venv/ready lint
	$(BIN)/pytest -n 2 -m "not site and not slow"
	$(BIN)/pytest -n 2 --dist loadfile -m "site or slow"

catalogue: .venv/ready
	CATALOGUE=full $(BIN)/pytest -n 2 tests/test_check_mistakes.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache

serve: book
	$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 \
	  --directory _build/html

# Installed again only when the pins or the package's own table change.
.venv/ready: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

# Exact pins for every supported Python and system, from pyproject.toml.
# The GPU libraries that torch asks for on Linux stay unpinned: the CPU
# build does without them.
lock: .venv/ready
	$(BIN)/python -m pip install --quiet "uv>=0.9,<1"
	$(BIN)/uv pip compile --quiet pyproject.toml --extra book --extra test \
	  --universal --python-version 3.11 --fork-strategy fewest \
	  --no-header --no-annotate --no-emit-index-url --upgrade \
	  --output-file requirements.new
	(echo "# Exact pins, written by \`make lock\` from pyproject.toml."; \
	  grep -vE "^(cuda|nvidia|triton)|pypy" requirements.new; \
	  echo "-e .") > requirements.txt
	rm requirements.new
	$(MAKE) binder/requirements.txt

# The same pins for Binder's image, less the tests' packages, and PyTorch's
# CPU build by name. It refers to no other file, so that Binder keeps what
# is installed when only a chapter has changed.
binder/requirements.txt: requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet "uv>=0.9,<1"
	grep -v "^-e" requirements.txt > requirements.new
	$(BIN)/uv pip compile --quiet pyproject.toml --extra book \
	  --constraint requirements.new --python-version 3.11 \
	  --python-platform linux --no-header --no-annotate \
	  --no-emit-index-url --output-file binder.new
	(echo "# Exact pins of requirements.txt, written by \`make lock\`."; \
	  echo "--extra-index-url https://download.pytorch.org/whl/cpu"; \
	  grep -vE "^(cuda|nvidia|triton)" binder.new \
	  | sed "s/^torch==.*/&+cpu/") > $@
	rm requirements.new binder.new

# The picture at the top of the README; needs Chromium.
picture: book
	$(CHROMIUM) --headless --no-sandbox --disable-gpu --hide-scrollbars \
	  --disable-background-networking --user-data-dir=_build/chromium \
	  --window-size=1280,1800 --virtual-time-budget=5000 \
	  --screenshot=.github/page.png \
	  "file://$(CURDIR)/_build/html/book/$(PICTURED).html"
	$(BIN)/python -c "from PIL import Image; p = '.github/page.png'; \
	  Image.open(p).quantize(255, dither=0).save(p, optimize=True)"

mutants: .venv/ready
	$(BIN)/python -m pip install --quiet mutmut==3.8.1
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

# On an idle machine: it measures how fast pages are.
lighthouse: book
	$(BIN)/python tests/lighthouse.py

# On an idle machine: it writes bench/last.json, which a lab page shows.
bench: .venv/ready
	$(BIN)/python -m bench

# The last commit, in an environment made anew: a gigabyte, ten minutes.
binder: .venv/ready
	$(BIN)/pytest -s tests/binder_trial.py

links: .venv/ready
	$(BUILD) --builder linkcheck

clean:
	rm -rf _build mutants .venv *.egg-info .pytest_cache .ruff_cache
