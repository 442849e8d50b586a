import subprocess
import sys

import pytest

from labels.pdfium import merge_pdfs
from tests.labels.samples import PAPERS


@pytest.mark.parametrize("paper", list(PAPERS))
def test_the_same_paper_has_the_same_bytes(paper: str) -> None:
    assert PAPERS[paper]("Ада 王小明") == PAPERS[paper]("Ада 王小明")


def test_another_process_prints_the_same_bytes() -> None:
    program = (
        "import hashlib; from tests.labels.samples import PAPERS;"
        "print(hashlib.sha256(b''.join(PAPERS[name]('Ada 王') for name in PAPERS)).hexdigest())"
    )

    digests = {
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    }

    assert len(digests) == 1


def test_merging_the_same_files_gives_the_same_bytes() -> None:
    files = [PAPERS["carrier label"]("Ada"), PAPERS["bin stickers"]("A")]

    merged = merge_pdfs(files)

    assert merged == merge_pdfs(files)
    assert b"/CreationDate(D:20000101000000+00'00')" in merged
