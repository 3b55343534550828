"""Exam: the article's own Express app takes the tests of steps 2 to 4, and lesson 4 shows where it fails, and why.

`make exam` runs it and puts the table into the lesson; it needs Node and the packages (`make peer`).
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "notebooks")]

from tests import marked  # noqa: E402
from tests.support.sentences import sentences  # noqa: E402
from workbook.express import MISSING, ExpressApp, is_installed  # noqa: E402

LESSON = ROOT / "notebooks" / "4_destroy.ipynb"
TESTS = [f"tests/test_step{step}.py" for step in ("2_middleware", "3_authenticate", "4_destroy")]
WHY = {
    "**Fixation**: the id from before the login is the id after it, because nothing calls `regenerate`": """
        test_login_changes_the_session_id test_a_planted_session_is_not_logged_in
        test_logging_in_again_changes_the_id_again""",
    "**Logout by GET**: a picture on any page logs its readers out; a POST finds nothing": """
        test_logout_ends_the_login test_old_cookie_is_worthless_after_logout test_logout_only_by_post
        test_logout_of_a_stranger_is_no_error_and_sets_nothing test_logout_is_on_every_page_behind_the_login""",
    "**The dead cookie is kept**: `destroy` does not clear it in the browser": "test_logout_clears_the_browsers_cookie",
    "**A row for every bot**: `saveUninitialized: true` stores a session for everybody who only looks": """
        test_whoami_is_for_everybody_and_changes_nothing test_the_form_alone_writes_no_session""",
    "**No end**: without `maxAge`, rows stay for ever and a login ends with the browser at best": """
        test_the_cookie_lives_half_an_hour_from_each_request test_remember_me_keeps_the_cookie_for_two_weeks
        test_not_remembered_is_half_an_hour""",
    "302 where ours says 303: `res.redirect` does; browsers treat both alike after a form": """
        test_the_right_password_leads_to_the_dashboard test_the_dashboard_sends_strangers_to_the_login
        test_the_user_cannot_be_chosen_by_other_ways
        test_a_wrong_name_or_password_is_401_and_the_form_again""",
    "500 for a form without fields: Express 5 leaves `req.body` undefined, and the app reads on": """
        test_name_and_password_come_in_the_form_alone""",
    "431 for one cookie of nine, the longest: Node limits headers to 16 KiB": "test_a_spoilt_cookie_is_a_new_visitor",
}
REASON = {test: why for why, tests in WHY.items() for test in tests.split()}


def sit() -> dict[str, tuple[int, int]]:
    """Let the app take the exam: test -> (cases passed, cases in all)."""
    app = ExpressApp("article.js")
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pytest", "-q", "--target", app.url, "--report", str(report), *TESTS]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        told = map(json.loads, report.read_text(encoding="utf-8").splitlines())
        results = [entry for entry in told if "passed" in entry]
    app.stop()
    passed, taken = Counter(), Counter()
    for result in results:
        taken[result["test"]] += 1
        passed[result["test"]] += result["passed"]
    return {test: (passed[test], taken[test]) for test in taken}


def table(results: dict[str, tuple[int, int]]) -> str:
    """The results in Markdown. ValueError for a test that fails and nobody has said why, or passes where one has."""
    failed = {test for test, (passed, taken) in results.items() if passed < taken}
    if failed != REASON.keys():
        raise ValueError(f"the reasons in exam.py do not fit: {', '.join(sorted(failed ^ REASON.keys()))}")
    lines = ["| it fails | because |", "|---|---|"]
    for why, tests in WHY.items():
        lines.append(f"| {'<br>'.join(words(test) for test in tests.split())} | {why} |")
    good = [words(test) for test in results if test not in failed]
    lines += ["", f"It passes {len(good)} of {len(results)} tests. Two of them: {good[2]} {good[3]}", ""]
    return "\n".join(lines)


def words(test: str) -> str:
    """A test's sentence."""
    return next(said[test] for file in TESTS if test in (said := sentences(ROOT / file)))


def main() -> int:
    """Sit the exam, print the table, and put it into the lesson."""
    if not is_installed():
        sys.exit(MISSING)
    made = table(sit())
    print(made)
    marked.put(LESSON, "exam", made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
