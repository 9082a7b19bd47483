from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.lint.rules import COMMENTS, Finding, Source, check

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [f"src/*{suffix}" for suffix in COMMENTS if suffix != ".py"]


def main() -> int:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py", *OTHERS],
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=True,
    ).stdout.split()
    wanted = [Path(name) for name in (sys.argv[1:] or listed)]
    paths = [path for path in wanted if "samples" not in path.parts and (ROOT / path).exists()]
    findings: list[Finding] = []
    for path in paths:
        findings += check(Source.of(path=path, text=(ROOT / path).read_text()))
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.advice}")
    print(f"house rules: {len(paths)} files, {len(findings)} findings")
    return 1 if findings else 0


sys.exit(main())
