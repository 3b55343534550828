"""JupyterLab, as `make notebooks` opens it: a lesson is opened, run, clicked in, saved and opened again."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.chromium import AXE

pytestmark = pytest.mark.browser
FIRST = "1_install.ipynb"
ALL = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
RUN = ALL if os.environ.get("LESSONS") == "all" else [FIRST]  # LESSONS=all make browser: minutes more
PANEL = "const lab = window.jupyterapp, panel = lab.shell.currentWidget, {content, sessionContext} = panel;"
READY = f"{PANEL} return !!content && panel.isVisible && content.widgets.length > 9 && panel.context.isReady"


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


class Lab:
    """JupyterLab with a workspace of its own, and a browser that looks at it."""

    def __init__(self, folder):
        places = {"WORKBOOK_WORKSPACE": folder / "workspace", "JUPYTER_RUNTIME_DIR": folder / "runtime"}
        places |= {"JUPYTER_CONFIG_DIR": folder / "config", "JUPYTERLAB_SETTINGS_DIR": folder / "settings"}
        places |= {"JUPYTERLAB_WORKSPACES_DIR": folder / "views", "IPYTHONDIR": folder / "ipython"}
        own = [
            "--no-browser",
            "--ServerApp.port=0",
            "--IdentityProvider.token=tea",
            "--LabApp.expose_app_in_browser=True",
        ]
        self.folder, self.lessons = folder, folder / "workspace" / "lessons"
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "notebooks" / "workbook", "notebooks", *own],
            env={**os.environ, **{name: str(place) for name, place in places.items()}},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.browser: Any = None
        self.shown = ""

    def url(self, lesson):
        """Where a lesson is; nothing until JupyterLab is there."""
        (found,) = [*(self.folder / "runtime").glob("jpserver-*.json")] or [None]
        if not found:
            return ""
        told = json.loads(found.read_text(encoding="utf-8"))
        place = os.path.relpath(self.lessons, told["root_dir"])
        return f"{told['url']}lab/tree/{place}/{lesson}?token=tea&reset"

    def open(self, lesson):
        """Open a lesson from the disk, in a window of its own."""
        self.browser.open(self.browser.wait(lambda: self.url(lesson), "JupyterLab"))
        self.browser.wait(lambda: self.browser.run(READY), "the lesson")
        self.shown = lesson

    def run(self, script, *arguments):
        return self.browser.run(PANEL + script, *arguments)

    def does(self, command):
        """What stands in a menu."""
        self.run("return lab.commands.execute(arguments[0])", command)

    def kernel(self):
        """Wait until the kernel has nothing to do."""
        self.browser.wait(lambda: self.run("return sessionContext.session?.kernel?.status") == "idle", "the kernel")

    def first(self, words):
        """The number of the first code cell with these words."""
        return self.run(
            """return content.widgets.findIndex(each => each.model.type === "code"
            && each.model.sharedModel.source.includes(arguments[0]))""",
            words,
        )

    def run_cell(self, number):
        """Run one cell, and return what it puts out."""
        self.run("content.activeCellIndex = arguments[0]", number)
        self.does("notebook:run-cell")
        return self.outputs()[number]

    def outputs(self):
        """What each cell has put out, as JSON; nothing for text."""
        script = 'return content.widgets.map(each => each.model.type === "code" ? each.model.outputs.toJSON() : [])'
        return self.run(script)

    def restart(self):
        """A fresh kernel, without being asked whether that is meant."""
        self.run("return sessionContext.restartKernel()")
        self.kernel()

    def saved(self):
        return json.loads((self.lessons / self.shown).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def running(opened, tmp_path_factory):
    """JupyterLab, and the browser that looks at it."""
    if not AXE.is_file():
        pytest.skip("axe-core is missing: make peer")
    lab = Lab(tmp_path_factory.mktemp("lab"))
    opened.forget()
    lab.browser = opened
    yield lab
    lab.process.terminate()
    lab.process.wait(timeout=30)


@pytest.fixture
def lab(running):
    """The first lesson, open, and with a fresh kernel."""
    if running.shown != FIRST:
        running.open(FIRST)
    running.restart()
    return running


@pytest.mark.parametrize("lesson", RUN[::-1])
def test_a_lesson_is_opened_run_saved_and_opened_again(running, lesson):
    """Git sees nothing of it. Every cell runs, none fails; the next day all is there again, pictures, too."""
    before = git("status", "--porcelain"), git("diff", "--stat")
    running.open(lesson)
    running.kernel()
    running.does("notebook:run-all-cells")
    running.kernel()
    after = running.outputs()
    assert [each for outputs in after for each in outputs if each["output_type"] == "error"] == []
    running.does("docmanager:save")
    assert sum(bool(cell.get("outputs")) for cell in running.saved()["cells"]) == sum(map(bool, after)) > 10
    running.open(lesson)
    assert running.outputs() == after
    shown = "return [...panel.node.querySelectorAll('img')].filter(each => each.complete && each.naturalWidth).length"
    running.browser.wait(lambda: running.run(shown), "a picture")
    assert (git("status", "--porcelain"), git("diff", "--stat")) == before


def test_a_prediction_opens_when_it_is_clicked(lab):
    """Without a kernel, too: it is the browser that opens it."""
    lab.run("return sessionContext.shutdown()")
    number = lab.first("predict(")
    lab.run("content.activeCellIndex = arguments[0]; return content.scrollToItem(arguments[0], 'center')", number)
    inside = "const place = content.widgets[arguments[0]].node.querySelector('details');"
    lab.browser.wait(lambda: lab.run(f"{inside} return !!place", number), "the choices")
    assert lab.run(f"{inside} return place.open", number) is False
    lab.run(f"{inside} place.querySelector('summary').click()", number)
    assert lab.run(f"{inside} return place.open", number) is True
    assert lab.run(f"{inside} return /[✓✗]/.test(place.innerText)", number)


def test_an_exercises_cell_is_run_first_in_a_fresh_kernel(lab):
    """Who goes on the next day begins where he was; the kernel knows the cell from its start."""
    (output,) = lab.run_cell(lab.first("%%exercise"))
    assert output["output_type"] != "error"
    assert "That is how it starts" in str(output["data"])


def test_a_cell_that_never_ends_can_be_interrupted(lab):
    """The button stops it, and the kernel goes on with what it knows."""
    number = lab.first("%%exercise")
    lab.run("content.widgets[arguments[0]].model.sharedModel.setSource('known = 1\\nwhile True: pass')", number)
    lab.run("content.activeCellIndex = arguments[0]; lab.commands.execute('notebook:run-cell')", number)
    lab.browser.wait(lambda: lab.run("return sessionContext.session.kernel.status") == "busy", "the loop")
    lab.does("notebook:interrupt-kernel")
    lab.kernel()
    assert lab.outputs()[number] == [{"name": "stderr", "output_type": "stream", "text": "Stopped.\n"}]
    lab.run("content.widgets[arguments[0]].model.sharedModel.setSource('known + 1')", number)
    (output,) = lab.run_cell(number)
    assert output["data"]["text/plain"] == "2"


@pytest.mark.parametrize("scheme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_lesson_can_be_read_in_a_narrow_window_in_light_and_in_dark(lab, scheme):
    """At 700 pixels nothing is cut off: what is wide scrolls by itself; and nothing pale stands on pale."""
    lab.browser.looks(width=700)
    lab.run("return lab.commands.execute('apputils:change-theme', {theme: arguments[0]})", scheme)
    lab.browser.run(AXE.read_text(encoding="utf-8"))
    lab.browser.wait(lambda: lab.run("return document.body.dataset.jpThemeName") == scheme, "the theme")
    assert lab.run("return content.node.scrollWidth - content.node.clientWidth") == 0
    contrast = """return axe.run(".jp-Notebook", {runOnly: ["color-contrast"]}).then(found =>
        found.violations.flatMap(each => each.nodes.map(node => node.html + node.failureSummary)))"""
    assert lab.browser.run(contrast) == []
