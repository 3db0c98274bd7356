"""What every proof and check is given: the server's binary, a scratch directory, full size or quick."""

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Harness:
    binary: str
    scratch: Path
    quick: bool

    def of(self, number, quick):
        """How many of something."""
        return quick if self.quick else number

    @contextlib.contextmanager
    def directory(self):
        """A directory of its own, removed afterwards; anybody may walk through it."""
        directory = Path(tempfile.mkdtemp(prefix="pop1081-", dir=self.scratch))
        directory.chmod(0o755)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)
