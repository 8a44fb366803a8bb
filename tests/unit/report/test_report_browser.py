"""The report as its reader opens it: in Chromium, at desktop and phone width and in print, checked by axe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from report_examples import check, report_inputs, results

from orchestration.release.report.render import render_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = "axe-core@4.11"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


def chromium(page: Path, *options: str, width: int = 1200) -> str:
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--disable-background-networking", "--no-first-run", f"--user-data-dir={page.parent / 'profile'}"]
    command += [f"--window-size={width},1600", *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed, so axe cannot be fetched")
    folder = tmp_path_factory.mktemp("axe")
    command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(folder), AXE]
    if subprocess.run(command, capture_output=True, check=False, timeout=300).returncode:
        pytest.skip("axe could not be fetched")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render_report(report_inputs()), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [1200, 500])
def test_axe_finds_no_violation(page: Path, axe: str, width: int) -> None:
    script = (
        "document.querySelectorAll('details').forEach(d => d.open = true);"
        f"axe.run({{runOnly: {json.dumps(RULES)}}}).then(found => {{"
        "const out = document.createElement('pre'); out.id = 'axe';"
        "out.textContent = JSON.stringify(found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
        "+ '#' + found.passes.length; document.body.append(out); });"
    )
    audited = page.with_name("audited.html")
    audited.write_text(page.read_text(encoding="utf-8") + f"<script>{axe}</script><script>{script}</script>")
    dom = chromium(audited, "--virtual-time-budget=20000", "--dump-dom", width=width)
    found = re.search(r'<pre id="axe">(.*?)#(\d+)</pre>', dom, re.DOTALL)
    assert found, "axe did not finish"
    assert found.group(1) == "[]"
    assert int(found.group(2)) > 10


@pytest.mark.parametrize("width", [320, 390])
def test_the_page_never_scrolls_sideways_on_a_phone(page: Path, width: int) -> None:
    name = "marts_every_single_one_of_the_published_figures_comes_out"
    page.write_text(render_report(report_inputs(results(check(name, "marts", "fail")))), encoding="utf-8")
    # A window has a least width that no phone has; a frame has none.
    script = "const page = frame.contentDocument; page.querySelectorAll('details').forEach(d => d.open = true);"
    script += "document.body.dataset.wide = page.documentElement.scrollWidth - frame.clientWidth;"
    style = f"width: {width}px; height: 800px; border: 0"
    phone = page.with_name("phone.html")
    frame = f'<iframe id="frame" src="{page.name}" style="{style}"></iframe>'
    phone.write_text(f"{frame}<script>frame.onload = () => {{ {script} }}</script>", encoding="utf-8")
    dom = chromium(phone, "--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom")
    wide = re.search(r'data-wide="(-?\d+)"', dom)
    assert wide and int(wide.group(1)) <= 0


def test_nothing_is_requested_from_a_network(page: Path) -> None:
    log = page.with_name("net.json")
    chromium(page, f"--log-net-log={log}", "--dump-dom")
    requested = set(re.findall(r'"url":"(https?://[^"]+)"', log.read_text(encoding="utf-8")))
    # Chromium itself asks its maker for updates; none of that is the page's doing, and nothing names its address.
    assert not {url for url in requested if "google" not in url and "gvt1" not in url}


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_what_is_folded_on_the_screen_is_printed_and_every_sheet_says_whose_it_is(page: Path) -> None:
    printed = page.with_suffix(".pdf")
    chromium(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    text = subprocess.run(
        ["pdftotext", "-layout", str(printed), "-"], capture_output=True, text=True, check=True
    ).stdout
    sheets = text.split("\f")[:-1]
    assert len(sheets) > 2
    assert all("NCPES quality report 2018, synthetic data: Held" in sheet for sheet in sheets)
    assert "the year before is not loaded" in text and "Rule staging_sums" in text


def test_it_opens_and_prints_quickly(page: Path) -> None:
    started = time.perf_counter()
    chromium(page, "--dump-dom")
    opened = time.perf_counter() - started
    printed = page.with_suffix(".pdf")
    chromium(page, f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    assert printed.read_bytes().startswith(b"%PDF")
    # A browser start is in it; the page alone is milliseconds.
    assert opened < 20
