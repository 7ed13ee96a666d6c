"""The worker's fetch, which answers with files that the page has downloaded for it."""

from __future__ import annotations

from urllib.parse import urljoin

from demo import open_ready

import shipped


def test_worker_can_fetch_a_file_again(open_page, site):
    page = open_ready(open_page, "moons.html?points=20")
    app = f"{site}app/{shipped.folder('app').name}/"
    files = shipped.manifest()["groups"]["engine"]
    sizes = page.workers[0].evaluate(
        """addresses => Promise.all(addresses.map(async (address) => {
             const response = await fetch(address);
             return (await response.arrayBuffer()).byteLength;
           }))""",
        [urljoin(app, file["address"]) for file in files],
    )
    assert sizes == [file["bytes"] for file in files]
