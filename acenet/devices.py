"""One GPU for each job on a machine with several: leases that end with the process that holds them."""

import fcntl
import logging
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from acenet.errors import InputError

logger = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
POLL = 1.0  # seconds between looks for a free device


@contextmanager
def own_device(device: str, *, folder: Path | None = None) -> Iterator[str | None]:
    """See only one GPU during the block, which no other process under this lease sees.

    CUDA_VISIBLE_DEVICES is set to it, which CUDA reads when it is first asked: enter the block before that. Waits
    while all devices are leased. Nothing is leased where there is nothing to choose: on the CPU, with fewer than two
    devices, when a certain one ('cuda:1') is asked for, and inside a Slurm job, whose devices are its own already.

    Parameters
    ----------
    device : 'auto', 'cpu' or 'cuda', as in the configuration.
    folder : of the locks; by default one of the user's in the system's folder for temporary files, so that runs in
        different working directories share the devices too.

    Yields
    ------
    The leased device's id, or None.
    """
    choice = [] if device not in ("auto", "cuda") or "SLURM_JOB_ID" in os.environ else visible_devices()
    if len(choice) < 2:
        yield None
        return
    with ExitStack() as lease:
        found = _wait_for_one(choice, folder or _users_folder(), lease)
        before = os.environ.get(VISIBLE)
        os.environ[VISIBLE] = found
        logger.info("GPU %s of %d", found, len(choice))
        try:
            yield found
        finally:
            if before is None:
                del os.environ[VISIBLE]
            else:
                os.environ[VISIBLE] = before


def visible_devices() -> list[str]:
    """Ids of this machine's GPUs as CUDA_VISIBLE_DEVICES takes them: those it names, else all that nvidia-smi lists."""
    named = os.environ.get(VISIBLE)
    if named is not None:
        return [one.strip() for one in named.split(",") if one.strip()]
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    listed = subprocess.run(
        [program, "--query-gpu=uuid", "--format=csv,noheader"], capture_output=True, text=True, check=False
    )
    return listed.stdout.split() if listed.returncode == 0 else []


def _wait_for_one(choice: list[str], folder: Path, lease: ExitStack) -> str:
    """The first of the devices that can be locked; `lease` keeps the lock."""
    waiting = False
    while True:
        for device in choice:
            lock = lease.enter_context((folder / f"{device.replace('/', '_')}.lock").open("w"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            return device
        if not waiting:
            logger.warning(
                "all %d GPUs are leased; waiting for one (ask for fewer jobs at a time)", len(choice)
            )
            waiting = True
        time.sleep(POLL)


def _users_folder() -> Path:
    """A folder that nobody else can have put there: locks of other users must not be followed."""
    folder = Path(tempfile.gettempdir(), f"acenet-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise InputError(
            folder, expected="a folder of your own, for the locks of GPUs", found="somebody else's"
        )
    return folder
