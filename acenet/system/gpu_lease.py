"""One GPU for each job on a machine with several: leases that end with the process that holds them."""

import logging
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout

from acenet.errors import InputError

logger = logging.getLogger(__name__)

VISIBLE = "CUDA_VISIBLE_DEVICES"
POLL = 1.0  # seconds between looks for a free device


@contextmanager
def own_device(device: str, *, folder: Path | None = None) -> Iterator[str | None]:
    """See only one GPU during the block, which no other process under this lease sees.

    CUDA_VISIBLE_DEVICES is set to it, which CUDA reads when it is first asked: enter the block before that. Waits
    while all devices are leased. Nothing is leased where there is nothing to choose: on the CPU, with fewer than two
    devices, and when a certain one ('cuda:1') is asked for. Jobs within one allocation of a cluster lease too.

    Parameters
    ----------
    device
        'auto', 'cpu' or 'cuda', as in the configuration.
    folder
        Of the locks; by default one of the user's in the system's folder for temporary files, so that runs in different
        working directories share the devices too.

    Yields
    ------
    The leased device's id, or None.
    """
    choice = visible_devices() if device in ("auto", "cuda") else []
    if len(choice) < 2:
        yield None
        return
    found, lock = _wait_for_one(choice, folder or _users_folder())
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
        lock.release()


def visible_devices() -> list[str]:
    """GPUs of the machine as CUDA_VISIBLE_DEVICES takes them: those it names, else all that nvidia-smi lists.

    Each by its UUID where nvidia-smi tells it, so that a GPU has one name whoever asks. Numbers are nvidia-smi's.
    """
    named = os.environ.get(VISIBLE)
    if named is None:
        return _uuids()
    ids = [one.strip() for one in named.split(",") if one.strip()]
    return [(_uuids(one) or [one])[0] if one.isdigit() else one for one in ids]


def _uuids(number: str | None = None) -> list[str]:
    """UUIDs of all GPUs, or of that number; none where nvidia-smi is missing or does not work."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=uuid", "--format=csv,noheader"]
    command += [] if number is None else [f"--id={number}"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return listed.stdout.split() if listed.returncode == 0 else []


def gpu_is_likely(dev: Path = Path("/dev")) -> bool:
    """Whether torch will find a GPU on this machine, told without starting it: by its build and the driver's files.

    The program nvidia-smi tells nothing: it is there without a GPU, and missing in containers that have one.
    """
    try:
        build = version("torch").partition("+")[2]
    except PackageNotFoundError:
        return False
    if build == "cpu" or os.environ.get(VISIBLE, "0").strip() in ("", "-1"):
        return False
    files = ("kfd",) if build.startswith("rocm") else ("nvidiactl", "dxg")  # dxg: Windows' Linux
    return any((dev / name).exists() for name in files)


def _wait_for_one(choice: list[str], folder: Path) -> tuple[str, FileLock]:
    """The first of the devices that can be locked, and the lock, which is held."""
    waiting = False
    while True:
        for device in choice:
            lock = FileLock(folder / f"{device.replace('/', '_')}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return device, lock
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
