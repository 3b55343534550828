"""Other systems: what runs the tests elsewhere, what makes a machine for learners, and what must not need Unix."""

import json
import re
import subprocess
import sys
import tomllib

import hypothesis
import pytest
import yaml

from tests.support import ROOT
from workbook import commands, pins
from workbook.environment import LOCKS

WORKFLOW = ROOT / ".github" / "workflows" / "tests.yml"
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
DOCKERFILE = (ROOT / ".binder" / "Dockerfile").read_text(encoding="utf-8")
DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
PACKAGES = [line.split() for line in (ROOT / ".ci" / "packages").read_text(encoding="utf-8").splitlines()]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
READ_WITH = hypothesis.settings.default
WORKFLOWS_JOB = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["test"]


# Without what only Unix has

ON_UNIX = ("steps.tea_house.patience", "steps.step8_production.workers")
IMPORTS = """
import importlib, json, sys
import nbconvert  # which on Windows asks for the registry
from tests.support import elsewhere

elsewhere.pretend()
failed = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except BaseException as error:
        if type(error).__name__ != "Skipped":  # what is skipped as a whole says why
            failed[name] = repr(error)
print(json.dumps(failed))
"""


def modules():
    for folder, inside in (("steps", ROOT), ("notebooks/workbook", ROOT / "notebooks"), ("tests", ROOT)):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(inside).with_suffix("").parts).removesuffix(".__init__")
            if path.stem != "__main__" and "right_answers" not in path.parts and "node_modules" not in path.parts:
                yield name


@pytest.mark.long
@pytest.mark.slow
def test_only_what_says_so_needs_unix_to_be_imported():
    """Fork, signals, fcntl, gunicorn: a module that wants one of them at its top cannot be read elsewhere."""
    names = [name for name in modules() if name not in ON_UNIX]
    command = [sys.executable, "-W", "ignore", "-c", IMPORTS, json.dumps(names)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (told.stdout, told.stderr) == ("{}\n", "")
    said = (ROOT / "steps" / "step8_production" / "workers.py").read_text(encoding="utf-8")
    assert "needs Unix" in said.splitlines()[0]


# The workflow


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        ("github-workflows", [WORKFLOW]),
        ("github-issue-forms", sorted(set(FORMS.glob("*.yml")) - {FORMS / "config.yml"})),
        ("github-issue-config", [FORMS / "config.yml"]),
    ],
)
def test_what_the_code_host_reads_is_as_its_schema_wants_it(kind, paths):
    """Nobody can run it here, and a key that is misspelt would be found by the first learner."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{kind}", *map(str, paths)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stdout


def test_the_workflow_calls_only_commands_that_are_tested_here():
    """Each `run:` is the twin of a make target; what .ci/run does with it, it does there."""
    called = [step["run"] for step in WORKFLOWS_JOB["steps"] if "run" in step]
    names = [re.fullmatch(r"python notebooks/workbook ([a-z-]+)", line)[1] for line in called]
    assert names == ["pins", "lint", "test"]
    assert set(names) <= set(commands.COMMANDS)


def test_the_workflow_tries_three_systems_and_each_python_from_the_oldest():
    """What pyproject.toml promises is tried, and the newest versions of all packages once a week."""
    matrix = WORKFLOWS_JOB["strategy"]["matrix"]
    assert [system.partition("-")[0] for system in matrix["system"]] == ["ubuntu", "macos", "windows"]
    assert matrix["python"] == [f"3.{minor}" for minor in range(11, 15)]
    assert PROJECT["requires-python"] == f">={matrix['python'][0]}"
    renewing = next(step for step in WORKFLOWS_JOB["steps"] if "pins" in step.get("run", ""))
    assert renewing["if"] == "github.event_name == 'schedule'"
    assert re.search(r'schedule:\n +- cron: "\d+ \d+ \* \* 1"', WORKFLOW.read_text(encoding="utf-8"))


# Machines for learners


def test_one_list_says_what_a_machine_needs():
    """The gate, the devcontainer and Binder install the same Debian packages: from .ci/packages."""
    assert "done <.ci/packages" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "COPY .ci/packages /tmp/packages" in DOCKERFILE
    assert "$(awk '{print $2}' /tmp/packages)" in DOCKERFILE
    assert all(len(line) == 2 for line in PACKAGES)
    named = (ROOT / ".devcontainer" / DEVCONTAINER["build"]["dockerfile"]).resolve()
    assert named == ROOT / ".binder" / "Dockerfile"
    assert re.search(rf"^FROM \S+ AS {DEVCONTAINER['build']['target']}$", DOCKERFILE, flags=re.M)
    assert re.search(rf"^ARG NB_USER={DEVCONTAINER['remoteUser']}$", DOCKERFILE, flags=re.M)


def test_each_program_that_is_looked_for_is_on_the_list():
    """What a lesson or a test does without where it is missing is missing nowhere that we have set up."""
    listed = {wanted for wanted, _ in PACKAGES}
    looked_for = set()
    for folder in ("notebooks/workbook", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            if "node_modules" not in path.parts:
                looked_for |= set(re.findall(r'\bwhich\("([\w-]+)"', path.read_text(encoding="utf-8")))
    assert {"redis-server", "node", "nginx"} <= looked_for
    assert looked_for - listed == {"uv"}  # which is faster, where it is there


def test_machines_are_set_up_by_commands_that_there_are():
    """`make progress` installs all, `make peer` the real Express."""
    called = [DEVCONTAINER["postCreateCommand"], *re.findall(r"^RUN (make .*)$", DOCKERFILE, flags=re.M)]
    assert called == ["make progress peer"] * 2
    assert {"progress", "peer"} <= set(commands.COMMANDS)


# The pins


def test_each_dependency_is_pinned():
    """What pyproject.toml names stands in the locks: all of it in one, the servers' part in the other."""
    for kind, wanted in (
        ("servers", PROJECT["dependencies"]),
        ("all", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["workbook"]),
    ):
        pinned = set(re.findall(r"^([\w.-]+)==", LOCKS[kind].read_text(encoding="utf-8"), flags=re.M))
        assert {re.match(r"[\w-]+", name)[0] for name in wanted} <= pinned


@pytest.mark.slow
@pytest.mark.parametrize("kind", LOCKS)
def test_the_locks_are_what_make_pins_writes(kind, tmp_path):
    """With the versions that are in them: nobody has edited them by hand, or forgotten them after a new dependency."""
    written = tmp_path / "requirements.lock"
    written.write_bytes(LOCKS[kind].read_bytes())
    assert pins.compile(kind, written) == 0
    assert written.read_bytes() == LOCKS[kind].read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("python", WORKFLOWS_JOB["strategy"]["matrix"]["python"])
@pytest.mark.parametrize("system", ["x86_64-manylinux_2_28", "aarch64-apple-darwin", "windows"])
def test_every_package_is_there_as_a_wheel(system, python, tmp_path):
    """A learner has no compiler: what has to be built first is as good as missing."""
    where = ["--python-platform", system, "--python-version", python]
    wheels = ["--no-deps", "--only-binary", ":all:", *where, str(LOCKS["all"])]
    told = pins.run(*wheels, "-o", str(tmp_path / "lock"), cwd=tmp_path, capture_output=True)
    assert told.returncode == 0, told.stderr


# Busy machines


def test_no_example_is_timed():
    """Hypothesis would call a test flaky that took long for once. A test has the settings of when it was read."""
    assert hypothesis.settings.default.deadline is None
    assert READ_WITH.deadline is None
