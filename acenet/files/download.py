"""Fetch a file from the network: resumed, verified, under its own name only when it is whole and right.

An unfinished transfer waits as `.<name>.part`. Beside each finished file `<name>.sha256` holds its checksum in
the form of `sha256sum`; where the provider publishes none, it is recorded at the first download and compared
from then on.
"""

import hashlib
import json
import logging
import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from acenet.errors import InputError
from acenet.files.atomic import write_text
from acenet.files.checksums import git_blob_of, sha256_of
from acenet.system.progress import Pace

logger = logging.getLogger(__name__)

BLOCK = 2**20
ATTEMPTS = 4  # of each address, each going on where the last one broke off
TIMEOUT_S = 60.0
AGENT = "acenet-pipeline/1"  # some servers refuse Python's own
NETWORK = (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError)


@dataclass(frozen=True)
class Remote:
    """A file to fetch. sha256, md5, size and git_blob are compared where known.

    Attributes
    ----------
    git_blob
        The id under which a git repository keeps the content (SHA-1).
    advice
        For who has to do it by hand.
    """

    name: str
    urls: tuple[str, ...]
    sha256: str | None = None
    md5: str | None = None
    size: int | None = None
    advice: str = ""
    git_blob: str | None = None

    @property
    def is_pinned(self) -> bool:
        """Whether a published checksum tells that a file is whole and right."""
        return self.sha256 is not None or self.git_blob is not None


def fetch(remote: Remote, folder: Path, *, attempts: int = ATTEMPTS, pause_s: float = 2.0) -> Path:
    """Return `folder`/`remote.name`, fetched if it is not there yet, and verified either way.

    A file that is there with another checksum is moved aside, never overwritten. The addresses are tried in turn.

    Raises
    ------
    InputError
        Naming the file and what went wrong at each address.
    """
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / remote.name
    if final.is_file():
        if (problem := _problem(final, remote, recorded(final))) is None:
            return _record(final)
        aside = _free_name(final.with_name(f"{final.name}.rejected"))
        logger.warning("%s: %s; moved to %s and fetched again", final, problem, aside.name)
        final.replace(aside)
    problems = []
    for url in remote.urls:
        problem = _fetch_from(url, remote, final, attempts=attempts, pause_s=pause_s)
        if problem is None:
            return _record(final)
        logger.warning("%s: %s", url, problem)
        problems.append(f"{url}: {problem}")
    found = "; ".join(problems) or "no address is known"
    advice = f". {remote.advice}" if remote.advice else ""
    raise InputError(final, expected="a verified download", found=found + advice)


def recorded(path: Path) -> str | None:
    """The SHA-256 in `<path>.sha256`, or None where there is no such file.

    Raises
    ------
    InputError
        Where the file says something else.
    """
    record = _record_of(path)
    if not record.is_file():
        return None
    words = record.read_text(encoding="utf-8").split()
    if not words or len(words[0]) != 64:
        raise InputError(record, expected="a checksum as sha256sum writes it", found=" ".join(words)[:80])
    return words[0]


def read_json(url: str) -> Any:
    """The JSON document at an address; InputError where there is none."""
    try:
        with _open(url, {"Accept": "application/json"}) as response:
            return json.load(response)
    except (*NETWORK, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(url, expected="a JSON document", found=f"{error}") from error


def discard(path: Path) -> None:
    """Remove a file that `fetch` brought, once it has been made use of, and what was recorded of it."""
    for one in (path, _record_of(path)):
        one.unlink(missing_ok=True)


def _record_of(path: Path) -> Path:
    """Where the checksum of a fetched file is recorded."""
    return path.with_name(f"{path.name}.sha256")


def _record(final: Path) -> Path:
    if recorded(final) is None:
        write_text(_record_of(final), f"{sha256_of(final)}  {final.name}\n")
        logger.info("%s: checksum recorded", final)
    return final


def _free_name(path: Path) -> Path:
    """`path`, or the first of path-2, path-3, ... that does not exist."""
    free, number = path, 1
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free


def _problem(path: Path, remote: Remote, known: str | None) -> str | None:
    """What is wrong with a whole file, or None. A checksum recorded earlier counts where none is published."""
    size = path.stat().st_size
    if remote.size is not None and size != remote.size:
        return f"expected {remote.size} bytes; found {size}"
    expected = remote.sha256 or known
    if expected is not None and (found := sha256_of(path)) != expected:
        return f"expected SHA-256 {expected}; found {found}"
    if remote.md5 is not None:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "md5").hexdigest()
        if found != remote.md5:
            return f"expected MD5 {remote.md5}; found {found}"
    if remote.git_blob is not None and (found := git_blob_of(path)) != remote.git_blob:
        return f"expected git blob {remote.git_blob}; found {found}"
    return None


def _fetch_from(url: str, remote: Remote, final: Path, *, attempts: int, pause_s: float) -> str | None:
    """Fetch from one address onto the final name; on failure, what the last problem was."""
    partial = final.with_name(f".{final.name}.part")
    problem = "not tried"
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause_s * 2 ** (attempt - 1))
        try:
            _transfer(url, partial, size=remote.size)
        except urllib.error.HTTPError as error:
            problem = f"the server says {error.code} {error.reason}"
            if error.code == 416:  # nothing after what we have: whole already, or another version
                if remote.is_pinned and _problem(partial, remote, None) is None:
                    _finish(partial, final)
                    return None
                partial.unlink()
            elif error.code < 500 and error.code != 429:
                return problem
        except NETWORK as error:
            problem = f"{getattr(error, 'reason', None) or error}"
        except InputError as error:
            return f"expected {error.expected}; found {error.found}"
        else:
            if (wrong := _problem(partial, remote, recorded(final))) is None:
                _finish(partial, final)
                return None
            partial.unlink()
            _tag_of(partial).unlink(missing_ok=True)
            return wrong
        logger.info("%s: %s (attempt %d of %d)", url, problem, attempt + 1, attempts)
    return problem


def _finish(partial: Path, final: Path) -> None:
    partial.replace(final)
    _tag_of(partial).unlink(missing_ok=True)


def _transfer(url: str, partial: Path, *, size: int | None) -> None:
    """Bring `partial` up to the whole content of `url`, going on after what it holds already."""
    have = partial.stat().st_size if partial.is_file() else 0
    tag = _tag_of(partial).read_text(encoding="utf-8") if _tag_of(partial).is_file() else ""
    if have and not tag:  # nothing tells whether the server's file is still the same
        have = 0
    headers = {"Range": f"bytes={have}-", "If-Range": tag} if have else {}
    with _open(url, headers) as response:
        if "html" in response.headers.get_content_type():
            raise InputError(url, expected="a file", found="a web page (is a login required?)")
        resumed = response.status == 206 and _first_byte(response.headers) == have
        start = have if resumed else 0
        total = (
            start + int(response.headers["Content-Length"]) if response.headers["Content-Length"] else None
        )
        _require_space(partial, (total or size or 0) - start)
        tag = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        _tag_of(partial).write_text("" if tag.startswith("W/") else tag, encoding="utf-8")
        with partial.open("ab" if resumed else "wb") as out:
            _copy(response, out, done=start, total=total)
            out.flush()
            os.fsync(out.fileno())
    got = partial.stat().st_size
    if total is not None and got != total:
        raise ConnectionError(f"the connection ended after {got} of {total} bytes")


def _tag_of(partial: Path) -> Path:
    """Where the server's tag of the content lies, without which a resumed file may be of two versions."""
    return partial.with_name(f"{partial.name}-tag")


def _first_byte(headers: Mapping[str, str]) -> int | None:
    """Where a partial answer starts: 5 of `bytes 5-99/100`."""
    _, _, span = headers.get("Content-Range", "").partition("bytes ")
    first = span.partition("-")[0]
    return int(first) if first.isdigit() else None


def _copy(source: IO[bytes], out: IO[bytes], *, done: int, total: int | None) -> None:
    pace = Pace(begun=done)
    while block := source.read(BLOCK):
        out.write(block)
        done += len(block)
        if pace.due():
            left = f", {pace.left(done, total)} left" if total else ""
            logger.info("%.0f MB of %s MB%s", done / 1e6, f"{total / 1e6:.0f}" if total else "?", left)


def _require_space(path: Path, needed: int) -> None:
    free = shutil.disk_usage(path.parent).free
    if needed > free:
        raise InputError(path, expected=f"{needed} bytes of free disk space", found=f"{free}")


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to an unprotected address."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """Refuse other schemes than https, or http where the first address was http."""
        schemes = ("https",) if urlsplit(req.full_url).scheme == "https" else ("https", "http")
        if urlsplit(newurl).scheme not in schemes:
            raise InputError(req.full_url, expected="an https redirect", found=newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(url: str, headers: Mapping[str, str]) -> Any:
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(url, expected="an http or https address", found=url)
    request = urllib.request.Request(url, headers={"User-Agent": AGENT, **headers})
    opener = urllib.request.build_opener(_NoDowngrade)
    return opener.open(request, timeout=TIMEOUT_S)
