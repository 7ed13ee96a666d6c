"""Somebody else's blog, on another origin, in which the site's demos are embedded."""

from __future__ import annotations

import http.server
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jinja2

from builder.server import Server, answering

PAGES = Path(__file__).parents[1] / "blog"
TEMPLATES = jinja2.Environment(loader=jinja2.FileSystemLoader(PAGES))  # as they are


class Blog:
    """Pages in the shapes of real hosts; `snippets` have been pasted, by name."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.snippets: dict[str, str] = {}
        self.address = ""

    @property
    def script(self) -> str:
        return f'<script async src="{self.site}embed/v1.js"></script>'

    def paste(self, snippet: str, page: str = "plain.html") -> str:
        """Put a snippet on a page; returns the address."""
        name = str(len(self.snippets))
        self.snippets[name] = snippet
        return f"{self.address}{page}?snippet={name}"

    def demo(self, attributes: str, page: str = "plain.html") -> str:
        """Put the script and an element on a page, as somebody types them."""
        element = f"<moongrad-demo {attributes}></moongrad-demo>"
        return self.paste(f"{self.script}\n{element}", page)

    def render(self, path: str, query: str) -> bytes:
        name = parse_qs(query).get("snippet", [""])[0]
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.site))
        text = TEMPLATES.get_template(path).render(
            snippet=self.snippets.get(name, ""),
            script=self.script,
            origin=origin,
            query=query,
        )
        return text.encode()


@contextmanager
def blogging(site: str) -> Iterator[Blog]:
    """Serve a blog, from an address that browsers take for another site."""
    blog = Blog(site)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            name = parts.path.strip("/")
            if not (PAGES / name).is_file():
                self.send_error(404)
                return
            body = blog.render(name, parts.query)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    with answering(server) as port:
        blog.address = f"http://localhost:{port}/"
        yield blog
