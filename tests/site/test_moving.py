"""README's moving picture is recorded from the site."""

from __future__ import annotations

import itertools

import numpy as np
from PIL import Image, ImageChops

import moving


def test_recording_trains_and_drags(chromium, site, tmp_path):
    path = tmp_path / "moving.webp"
    n = moving.record(chromium, site, path)
    assert path.stat().st_size <= moving.MOVING_BYTES
    with Image.open(path) as picture:
        assert picture.n_frames <= n  # equal frames are joined
        assert picture.n_frames > moving.N_DRAGS / 2
        looks = []
        for k in (0, picture.n_frames // 2, picture.n_frames - 1):
            picture.seek(k)
            looks.append(picture.convert("RGB"))
    for first, second in itertools.pairwise(looks):
        difference = np.asarray(ImageChops.difference(first, second))
        assert (difference.max(axis=-1) > 40).mean() > 0.005
