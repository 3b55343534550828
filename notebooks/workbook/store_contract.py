"""Contract: put a store that the learner has written to the same tests as ours."""

import contextlib
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from workbook.checking import Result
from workbook.environment import ROOT


def contract(store: type[Any]) -> Result:
    """Test a class of the notebook's own as a store. In a terminal: make contract STORE=path/file.py:Class"""
    import pytest

    name = f"{store.__module__}:{store.__qualname__}"
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as told:
        report = Path(folder) / "report.json"
        options = ["--store", name, "--report", str(report), "-p", "no:cacheprovider", "--capture=no", "-c"]
        pytest.main([str(ROOT / "tests" / "test_store_contract.py"), *options, str(ROOT / "pyproject.toml")])
        told_lines = report.read_text(encoding="utf-8").splitlines() if report.is_file() else []
        results = [entry for entry in map(json.loads, told_lines) if "passed" in entry]
    if not results:
        return Result(name, 0, 1, [f"✗ {store.__name__} could not be tested: {told.getvalue().strip()[-300:]}"])
    failed = list(dict.fromkeys(each["says"] for each in results if not each["passed"]))
    passed = sum(each["passed"] for each in results)
    mark = "✗" if failed else "✓"
    lines = [f"{mark} {store.__name__}: {passed} of {len(results)} tests of the contract pass"]
    lines += [f"✗ {sentence}" for sentence in failed]
    return Result(name, passed, len(results), lines)
