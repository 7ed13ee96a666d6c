"""The text face of the site, for figures."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.font_manager import FontProperties, fontManager

#: matplotlib's own face, for characters that the site's hasn't got.
SPARE = "DejaVu Sans"
#: In the wheel of the pages, where the build has put it.
SHIPPED = Path(__file__).with_name("text.ttf")


def use_font(path: Path = SHIPPED) -> None:
    """Draw the text of all figures with a font from now on."""
    fontManager.addfont(path)
    name = FontProperties(fname=path).get_name()
    matplotlib.rcParams["font.family"] = [name, SPARE]
