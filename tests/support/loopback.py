"""A web server on this machine that can be told to misbehave, for tests of downloads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class Site:
    """What a server offers by path, how it breaks, and what it was asked for.

    drop_after : connections end after that many bytes, once for each entry. statuses : answers without
    content, one for each request, before anything is served. html : paths served as web pages.
    moved : path -> address to redirect to.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    drop_after: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    html: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    tag: str = '"1"'
    requests: list[str] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """Serve `site` at `site.address` until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            wanted = self.headers.get("Range", "")
            site.requests.append(f"{self.path} {wanted}".strip())
            if site.statuses:
                self.send_error(site.statuses.pop(0))
            elif path in site.moved:
                self.send_response(302)
                self.send_header("Location", site.moved[path])
                self.end_headers()
            elif path not in site.files:
                self.send_error(404)
            else:
                self.answer(path, wanted)

        def answer(self, path: str, wanted: str) -> None:
            content, first = site.files[path], 0
            if wanted and site.ranges and self.headers.get("If-Range") == site.tag:
                first = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if first >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
            else:
                self.send_response(200)
            self.send_header("Content-Type", "text/html" if path in site.html else "application/octet-stream")
            self.send_header("Content-Length", str(len(content) - first))
            self.send_header("ETag", site.tag)
            self.end_headers()
            rest = content[first:]
            self.wfile.write(rest[: site.drop_after.pop(0)] if site.drop_after else rest)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
