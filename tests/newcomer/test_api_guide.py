"""The commands of docs/api.md, as a reader pastes them, one after the other."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment.local.parts import PROJECT
from fulfillment.local.stack import Stack

GUIDE = PROJECT / "docs" / "api.md"


@pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="The guide's commands need bash and curl."
)
def test_every_command_of_the_api_guide_does_what_it_says(seeded: Stack, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    token = seeded.run("tokens", "create", "guide", "--all-scopes", "--days", "1").stdout.split()[-1]

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)],
        env={
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TMPDIR": str(tmp_path),
            "API": f"{seeded.url}/api/v1",
            "TOKEN": token,
            "COURIER": seeded.courier_url,
            "REF": "G-1",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert len(blocks) > 12
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF")
    for said in ("accepted", "invalid-input", "Wanted is S-1001", "Now take 2 of S-1001", "done", "2655"):
        assert said in done.stdout
