"""Released models by name: fetched once, verified, converted, and kept in a folder of the user's."""

import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path

from acenet.errors import InputError
from acenet.files.download import Remote, discard, fetch
from acenet.models.released.releases import ADDRESS, PAGE, Release
from acenet.system.file_lock import only_one
from acenet.system.user_cache import user_cache

logger = logging.getLogger(__name__)

FOLDER, MIRRORS, OFFLINE = "ACENET_CACHE", "ACENET_MIRRORS", "ACENET_OFFLINE"  # variables of the environment
SAFE = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?/")
LFS = b"version https://git-lfs"
ATTEMPTS = 2  # of each address: a person waits


def cache_folder() -> Path:
    """Where fetched models lie: the user's cache as the system has it, or `ACENET_CACHE`."""
    if given := os.environ.get(FOLDER, "").strip():
        return Path(given).expanduser() / "models"
    return user_cache() / "models"


def mirrors() -> tuple[str, ...]:
    """Addresses of `ACENET_MIRRORS`, separated by white space, tried before the authors'.

    Raises
    ------
    InputError
        An address is not protected, or does not say where the name goes.
    """
    found = tuple(os.environ.get(MIRRORS, "").split())
    for one in found:
        if not SAFE.match(one) or not ("{name}" in one or "{path}" in one):
            raise InputError(
                MIRRORS,
                expected="addresses that begin with https:// (http:// on this machine) and hold {name}, "
                "or {path} as in the authors' repository",
                found=f"{one:.200}",
            )
    return found


def cached_path(release: Release, folder: Path) -> Path:
    """Where the model of a release lies, or would; another content has another name."""
    return folder / f"{release.name}-{release.git_blob[:8]}.pt"


def fetched_model(release: Release, folder: Path, *, mirrors: Sequence[str] = ()) -> Path:
    """The model file of a release: the one in the cache, whole; else fetched, verified by git's id, and converted.

    Parameters
    ----------
    mirrors
        Addresses to try first; {name} stands for `release.file`, {path} for its path in the repository.

    Raises
    ------
    InputError
        No address answers, or with another content; the checkpoint does not fit its network (every weight that does not
        is listed); the folder cannot be written. Nothing half-made stays under a model's name.
    """
    from acenet.files.sealed import kind_of  # torch, which a list of models need not wait for

    model = cached_path(release, folder)
    if model.exists():
        if (damage := _damage(model)) is None:
            return model
        logger.warning("%s: %s; made again", model, f"expected {damage.expected}; found {damage.found}")
    if os.environ.get(OFFLINE, "").strip() not in ("", "0"):
        raise InputError(
            release.name,
            expected=f"a whole model in the cache, since {OFFLINE} is set",
            found=f"{kind_of(model) if not model.is_file() else 'a damaged one'}: {model}",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder):
            if not model.exists() or _damage(model) is not None:  # made by another process meanwhile
                _make(release, model, mirrors)
    except OSError as error:
        raise InputError(
            folder,
            expected=f"a folder for models that can be written, or another one in {FOLDER}",
            found=str(error),
        ) from error
    return model


def _damage(model: Path) -> InputError | None:
    """Why a file is no whole model; None for one that is."""
    from acenet.models.model_file import read_card

    try:
        read_card(model)
    except InputError as error:
        return error
    return None


def _make(release: Release, model: Path, mirrors: Sequence[str]) -> None:
    """Fetch the checkpoint and write the model; of the checkpoint nothing stays, of a broken transfer the part does."""
    from acenet.models.released.convert import import_checkpoint

    folder = model.parent
    urls = [one.replace("{name}", release.file).replace("{path}", release.path) for one in mirrors]
    urls.append(ADDRESS + release.path)
    advice = (
        f"Without a network: fetch {PAGE}{release.path} elsewhere and put it here as {folder / release.file}, "
        f"or name a mirror in {MIRRORS}"
    )
    remote = Remote(release.file, tuple(urls), advice=advice, git_blob=release.git_blob)
    checkpoint = fetch(remote, folder, attempts=ATTEMPTS)
    with checkpoint.open("rb") as stream:
        if stream.read(len(LFS)) == LFS:
            raise InputError(checkpoint, expected="a checkpoint", found="a pointer of Git LFS in its place")
    model.unlink(missing_ok=True)  # a damaged one
    import_checkpoint(checkpoint, release.dataset, model, release=release)
    discard(checkpoint)
