"""Mel bands against scipy's transform."""

import numpy as np
from scipy.signal import ShortTimeFFT, get_window

from seqbench.data.formats import mel


def test_frames_against_scipys_short_time_transform() -> None:
    samples = np.random.default_rng(0).normal(size=3000)
    window = get_window("hann", 200)
    transform = ShortTimeFFT(window, 80, 8000, mfft=512, scale_to="magnitude")
    count = mel.steps(8000, 3000, 10)
    power = transform.spectrogram(samples, p0=0, p1=count, k_offset=100)
    expected = np.log(power.T @ mel.triangles(8000).T + mel.FLOOR)
    np.testing.assert_allclose(mel.frames(samples, 8000, 10), expected, rtol=1e-9)
    assert expected.shape == (count, mel.BANDS)


def test_triangles_cover_every_pitch_once() -> None:
    triangles = mel.triangles(8000)
    frequencies = np.fft.rfftfreq(512, 1 / 8000)
    peaks = frequencies[triangles.argmax(1)]
    inside = (frequencies >= peaks[1]) & (frequencies <= peaks[-2])
    np.testing.assert_allclose(triangles.sum(0)[inside], 1)
    assert (triangles >= 0).all() and (triangles.sum(1) > 0).all() and (np.diff(peaks) > 0).all()
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)
    loudest = mel.frames(tone, 8000, 10).mean(0).argmax()
    assert abs(peaks[loudest] - 1000) < 80


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(mel.frames(np.zeros(400), 8000, 10), np.log(mel.FLOOR))
